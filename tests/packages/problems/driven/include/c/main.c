#include <stdio.h>
long long add(long long, long long);
int main(void) {
    long long a, b, offset;
    FILE *settings = fopen("settings.txt", "r");
    if (!settings || fscanf(settings, "offset %lld", &offset) != 1) return 2;
    if (scanf("%lld %lld", &a, &b) != 2) return 1;
    printf("%lld\n", add(a, b) + offset);
    return 0;
}
