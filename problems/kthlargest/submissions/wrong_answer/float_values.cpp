#include <algorithm>
#include <functional>
#include <iostream>
#include <vector>

int main() {
    std::ios::sync_with_stdio(false);
    std::cin.tie(nullptr);
    int n, k;
    std::cin >> n >> k;
    std::vector<float> nums(n);
    for (auto& num : nums) std::cin >> num;
    std::sort(nums.begin(), nums.end(), std::greater<>());
    std::cout << (long long)nums[k - 1] << "\n";
}
