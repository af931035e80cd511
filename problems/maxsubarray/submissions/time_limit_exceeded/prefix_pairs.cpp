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
    std::vector<long long> before(n + 1);
    for (int i = 0; i < n; i++) before[i + 1] = before[i] + nums[i];
    long long best = nums[0];
    for (int left = 0; left < n; left++) {
        long long highest = before[left + 1];
        for (int right = left + 2; right <= n; right++) highest = std::max(highest, before[right]);
        best = std::max(best, highest - before[left]);
    }
    std::cout << best << "\n";
}
