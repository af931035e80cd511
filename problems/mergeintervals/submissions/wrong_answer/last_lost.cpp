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
    auto current = intervals[0];
    for (auto next : intervals) {
        if (next.first <= current.second) {
            current.second = std::max(current.second, next.second);
        } else {
            merged.push_back(current);
            current = next;
        }
    }
    std::cout << merged.size() << "\n";
    for (auto [left, right] : merged) std::cout << left << " " << right << "\n";
}
