#include <stdio.h>
#include <stdlib.h>

static int intervals[100000][2];

static int by_left(const void *a, const void *b) {
    int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

int main(void) {
    int n, count = 0;
    if (scanf("%d", &n) != 1) return 1;
    for (int i = 0; i < n; i++) {
        if (scanf("%d %d", &intervals[i][0], &intervals[i][1]) != 2) return 1;
    }
    qsort(intervals, n, sizeof intervals[0], by_left);
    for (int i = 1; i < n; i++) {
        if (intervals[i][0] > intervals[count][1]) {
            count++;
            intervals[count][0] = intervals[i][0];
            intervals[count][1] = intervals[i][1];
        } else if (intervals[i][1] > intervals[count][1]) {
            intervals[count][1] = intervals[i][1];
        }
    }
    printf("%d\n", count + 1);
    for (int i = 0; i <= count; i++) printf("%d %d\n", intervals[i][0], intervals[i][1]);
    return 0;
}
