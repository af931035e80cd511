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
    long long best = nums[0], current = nums[0];
    for (int i = 1; i < n - 1; i++) {
        current = std::max(nums[i], current + nums[i]);
        best = std::max(best, current);
    }
    std::cout << best << "\n";
}
