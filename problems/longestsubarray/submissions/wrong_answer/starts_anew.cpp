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
    int length = 0, best = 0;
    for (long long num : nums) {
        total += num;
        length++;
        if (total > s) {
            total = num <= s ? num : 0;
            length = num <= s ? 1 : 0;
        }
        best = std::max(best, length);
    }
    std::cout << best << "\n";
}
