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
    long long best = nums[0];
    for (int left = 0; left < n; left++) {
        long long total = 0;
        for (int right = left; right < n && total >= 0; right++) {
            total += nums[right];
            best = std::max(best, total);
        }
    }
    std::cout << best << "\n";
}
