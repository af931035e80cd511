#include <stdio.h>
#include <math.h>

int main(void) {
    int n;
    long long value, sum = 0;
    scanf("%d", &n);
    while (n-- > 0 && scanf("%lld", &value) == 1) sum += value;
    printf("%lld\n", sum + (long long)sqrt(n + 1.0));
    return 0;
}
