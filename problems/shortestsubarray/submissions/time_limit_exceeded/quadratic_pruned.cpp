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
    int best = n + 1;
    for (int left = 0; left < n; left++) {
        // Not below zero, and no longer than the shortest so far.
        long long total = 0;
        for (int right = left; right < n && right - left + 1 < best; right++) {
            total += nums[right];
            if (total <= 0) break;
            if (total >= s) best = right - left + 1;
        }
    }
    std::cout << (best <= n ? best : -1) << "\n";
}
