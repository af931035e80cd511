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
    for (auto [left, right] : intervals) {
        if (!merged.empty() && left <= merged.back().second) {
            merged.back().second = std::max(merged.back().second, right);
        } else {
            merged.emplace_back(left, right);
        }
    }
    for (auto [left, right] : merged) std::cout << left << " " << right << "\n";
}
