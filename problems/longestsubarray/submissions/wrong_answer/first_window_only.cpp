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
    int best = 0;
    while (best < n && total + nums[best] <= s) total += nums[best++];
    std::cout << best << "\n";
}
