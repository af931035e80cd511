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
    // Prefix sums by rank; the tree holds the latest start of each range of ranks (Fenwick, 1994).
    std::vector<long long> sorted(before);
    std::sort(sorted.begin(), sorted.end());
    std::vector<int> latest(n + 2, -1);
    int best = n + 1;
    for (int end = 0; end <= n; end++) {
        int rank = std::upper_bound(sorted.begin(), sorted.end(), before[end] - s) - sorted.begin();
        int start = -1;
        for (int i = rank; i > 0; i -= i & -i) start = std::max(start, latest[i]);
        if (start >= 0) best = std::min(best, end - start);
        rank = std::lower_bound(sorted.begin(), sorted.end(), before[end]) - sorted.begin() + 1;
        for (int i = rank; i <= n + 1; i += i & -i) latest[i] = end;
    }
    std::cout << (best <= n ? best : -1) << "\n";
}
