#include <stdio.h>
#include <stdlib.h>

static int nums[300000];

int main(void) {
    int n, k;
    if (scanf("%d %d", &n, &k) != 2) return 1;
    for (int i = 0; i < n; i++) {
        if (scanf("%d", &nums[i]) != 1) return 1;
    }
    int low = 0, high = n - 1;
    for (;;) {
        int pivot = nums[low + rand() % (high - low + 1)];
        // Greater than the pivot: low ... less - 1; equal: less ... i - 1; less: more + 1 ... high.
        int less = low, i = low, more = high;
        while (i <= more) {
            int num = nums[i];
            if (num > pivot) {
                nums[i++] = nums[less];
                nums[less++] = num;
            } else if (num < pivot) {
                nums[i] = nums[more];
                nums[more--] = num;
            } else {
                i++;
            }
        }
        if (k - 1 < less) {
            high = less - 1;
        } else if (k - 1 > more) {
            low = more + 1;
        } else {
            printf("%d\n", pivot);
            return 0;
        }
    }
}
