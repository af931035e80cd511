#include <algorithm>
#include <iostream>
#include <vector>

int main() {
    std::ios::sync_with_stdio(false);
    std::cin.tie(nullptr);
    int n;
    std::cin >> n;
    std::vector<int> prefix(n + 1);
    for (int i = 0; i < n; i++) {
        int num;
        std::cin >> num;
        prefix[i + 1] = unsigned(prefix[i]) + unsigned(num);
    }
    int best = prefix[1], lowest = 0;
    for (int i = 1; i <= n; i++) {
        best = std::max(best, int(unsigned(prefix[i]) - unsigned(lowest)));
        lowest = std::min(lowest, prefix[i]);
    }
    std::cout << best << "\n";
}
