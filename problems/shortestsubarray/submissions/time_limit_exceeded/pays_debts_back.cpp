#include <algorithm>
#include <iostream>
#include <vector>

int main() {
    std::ios::sync_with_stdio(false);
    std::cin.tie(nullptr);
    int n;
    long long s;
    std::cin >> n >> s;
    std::vector<long long> nums(n);
    for (auto& num : nums) std::cin >> num;
    int best = n + 1, left = 0;
    long long total = 0;
    for (int right = 0; right < n; right++) {
        total += nums[right];
        if (total <= 0) {
            left = right + 1;
            total = 0;
            continue;
        }
        // A negative number is taken out of the positive ones before it, one place at a time.
        for (int i = right; i > left && nums[i] < 0; i--) {
            nums[i - 1] += nums[i];
            nums[i] = 0;
        }
        while (total >= s || (left < right && nums[left] <= 0)) {
            if (total >= s) best = std::min(best, right - left + 1);
            total -= nums[left++];
        }
    }
    std::cout << (best <= n ? best : -1) << "\n";
}
