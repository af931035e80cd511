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
    std::vector<long long> before(n + 1);
    for (int i = 0; i < n; i++) before[i + 1] = before[i] + nums[i];
    int best = 0;
    for (int i = 0; i < n; i++) {
        auto end = std::lower_bound(before.begin() + i, before.end(), before[i] + s);
        if (end != before.end() && *end == before[i] + s)
            best = std::max(best, int(end - before.begin()) - i);
    }
    std::cout << best << "\n";
}
