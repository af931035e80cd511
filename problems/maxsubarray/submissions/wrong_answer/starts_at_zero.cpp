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
    long long best = 0, lowest = 0, before = 0;
    for (long long num : nums) {
        before += num;
        best = std::max(best, before - lowest);
        lowest = std::min(lowest, before);
    }
    std::cout << best << "\n";
}
