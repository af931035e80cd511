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
    std::vector<long long> window;
    long long total = 0;
    std::size_t best = 0;
    for (long long num : nums) {
        window.push_back(num);
        total += num;
        while (total > s) {
            total -= window.front();
            window.erase(window.begin());
        }
        best = std::max(best, window.size());
    }
    std::cout << best << "\n";
}
