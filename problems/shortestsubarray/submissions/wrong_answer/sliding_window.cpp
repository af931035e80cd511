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
    long long total = 0;
    int left = 0, best = n + 1;
    for (int right = 0; right < n; right++) {
        total += nums[right];
        while (total >= s) {
            best = std::min(best, right - left + 1);
            total -= nums[left++];
        }
    }
    std::cout << (best <= n ? best : -1) << "\n";
}
