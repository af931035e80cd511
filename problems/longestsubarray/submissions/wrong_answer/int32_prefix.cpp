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
    int left = 0, best = 0;
    for (int right = 1; right <= n; right++) {
        while (left < right && (long long)prefix[right] - prefix[left] > s) left++;
        best = std::max(best, right - left);
    }
    std::cout << best << "\n";
}
