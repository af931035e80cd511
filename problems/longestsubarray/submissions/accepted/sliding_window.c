#include <stdio.h>

static long long nums[200000];

int main(void) {
    int n;
    long long s;
    if (scanf("%d %lld", &n, &s) != 2) return 1;
    for (int i = 0; i < n; i++)
        if (scanf("%lld", &nums[i]) != 1) return 1;
    long long total = 0;
    int left = 0, best = 0;
    for (int right = 0; right < n; right++) {
        total += nums[right];
        while (total > s) total -= nums[left++];
        if (right - left + 1 > best) best = right - left + 1;
    }
    printf("%d\n", best);
    return 0;
}
