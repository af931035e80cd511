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
    std::sort(nums.begin(), nums.end(), std::greater<>());
    nums.erase(std::unique(nums.begin(), nums.end()), nums.end());
    k = std::min<int>(k, nums.size());
    std::cout << nums[k - 1] << "\n";
}
