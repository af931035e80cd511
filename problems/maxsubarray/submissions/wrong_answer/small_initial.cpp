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
    long long best = -1000000, current = 0;
    for (long long num : nums) {
        current = std::max(num, current + num);
        best = std::max(best, current);
    }
    std::cout << best << "\n";
}
