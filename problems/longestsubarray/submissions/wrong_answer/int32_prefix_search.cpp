#include <algorithm>
#include <iostream>
#include <vector>

int main() {
    std::ios::sync_with_stdio(false);
    std::cin.tie(nullptr);
    int n;
    long long s;
    std::cin >> n >> s;
    std::vector<int> prefix(n + 1);
    for (int i = 0; i < n; i++) {
        int num;
        std::cin >> num;
        prefix[i + 1] = unsigned(prefix[i]) + unsigned(num);
    }
    int best = 0;
    for (int left = 0; left < n; left++) {
        auto past = std::upper_bound(prefix.begin() + left + 1, prefix.end(), prefix[left] + s);
        best = std::max(best, int(past - prefix.begin()) - 1 - left);
    }
    std::cout << best << "\n";
}
