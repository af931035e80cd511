#include <algorithm>
#include <functional>
#include <iostream>
#include <vector>

int main() {
    std::ios::sync_with_stdio(false);
    std::cin.tie(nullptr);
    int n, k;
    std::cin >> n >> k;
    std::vector<int> nums(n);
    for (auto& num : nums) std::cin >> num;
    std::vector<int> first(nums.begin(), nums.begin() + std::min(n, 100000));
    nums = first;
    k = std::min(k, 100000);
    std::sort(nums.begin(), nums.end(), std::greater<>());
    std::cout << nums[k - 1] << "\n";
}
