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
    int best = 0;
    for (int left = 0; left + best < n; left++) {  // what is left must be longer than the best
        long long total = 0;
        int right = left;
        while (right < n && total + nums[right] <= s) total += nums[right++];
        best = std::max(best, right - left);
    }
    std::cout << best << "\n";
}
