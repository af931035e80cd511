#include <algorithm>
#include <iostream>
#include <utility>
#include <vector>

int main() {
    std::ios::sync_with_stdio(false);
    std::cin.tie(nullptr);
    int n;
    std::cin >> n;
    std::vector<std::pair<int, int>> intervals(n), merged;
    for (auto& [left, right] : intervals) std::cin >> left >> right;
    std::sort(intervals.begin(), intervals.end());
    for (int i = 0; i < n; i++) {
        auto [left, right] = intervals[i];
        if (i + 1 < n && intervals[i + 1].first <= right) {
            right = std::max(right, intervals[++i].second);
        }
        merged.emplace_back(left, right);
    }
    std::cout << merged.size() << "\n";
    for (auto [left, right] : merged) std::cout << left << " " << right << "\n";
}
