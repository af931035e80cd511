#include <stdio.h>

static long long before[300001];
static int starts[300001];

int main(void) {
    int n;
    long long s;
    if (scanf("%d %lld", &n, &s) != 2) return 1;
    for (int i = 1; i <= n; i++) {
        long long num;
        if (scanf("%lld", &num) != 1) return 1;
        before[i] = before[i - 1] + num;
    }
    int head = 0, tail = 0, best = n + 1;
    for (int end = 0; end <= n; end++) {
        while (head < tail && before[end] - before[starts[head]] >= s) {
            int length = end - starts[head++];
            if (length < best) best = length;
        }
        while (head < tail && before[starts[tail - 1]] >= before[end]) tail--;
        starts[tail++] = end;
    }
    printf("%d\n", best <= n ? best : -1);
    return 0;
}
