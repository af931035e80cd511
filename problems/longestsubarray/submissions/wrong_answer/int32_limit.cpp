#include <algorithm>
#include <iostream>
#include <vector>

int main() {
    std::ios::sync_with_stdio(false);
    std::cin.tie(nullptr);
    int n;
    int s;
    std::cin >> n >> s;
    std::vector<long long> nums(n);
    for (auto& num : nums) std::cin >> num;
    long long total = 0;
    int left = 0, best = 0;
    for (int right = 0; right < n; right++) {
        total += nums[right];
        while (total > s) total -= nums[left++];
        best = std::max(best, right - left + 1);
    }
    std::cout << best << "\n";
}
