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
    std::sort(nums.rbegin(), nums.rend());
    long long total = 0;
    int count = 0;
    while (count < n && total < s) total += nums[count++];
    std::cout << (total >= s ? count : -1) << "\n";
}
