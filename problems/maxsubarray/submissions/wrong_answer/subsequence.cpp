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
    long long best = 0;
    for (long long num : nums) best += std::max(num, 0LL);
    if (best == 0) best = *std::max_element(nums.begin(), nums.end());
    std::cout << best << "\n";
}
