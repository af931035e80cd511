#include <stdio.h>

int main(void) {
    int n;
    long long best = 0, current = 0;
    if (scanf("%d", &n) != 1) return 1;
    for (int i = 0; i < n; i++) {
        long long num;
        if (scanf("%lld", &num) != 1) return 1;
        current = i > 0 && current > 0 ? current + num : num;
        if (i == 0 || current > best) best = current;
    }
    printf("%lld\n", best);
    return 0;
}
