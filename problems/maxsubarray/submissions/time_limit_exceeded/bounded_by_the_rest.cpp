#include <algorithm>
#include <iostream>
#include <vector>

int main() {
    std::ios::sync_with_stdio(false);
    std::cin.tie(nullptr);
    int n;
    std::cin >> n;
    std::vector<long long> nums(n);
    for (auto& num : nums) std::cin >> num;
    std::vector<long long> rest(n + 1);  // the positive numbers from here on
    for (int i = n - 1; i >= 0; i--) rest[i] = rest[i + 1] + std::max(0LL, nums[i]);
    long long best = *std::max_element(nums.begin(), nums.end());
    for (int left = 0; left < n; left++) {
        long long total = 0;
        for (int right = left; right < n && total + rest[right] > best && total >= 0; right++) {
            total += nums[right];
            best = std::max(best, total);
        }
    }
    std::cout << best << "\n";
}
