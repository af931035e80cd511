#include <algorithm>
#include <iostream>
#include <numeric>
#include <utility>
#include <vector>

std::vector<int> parent;

int root(int i) {
    while (parent[i] != i) i = parent[i] = parent[parent[i]];
    return i;
}

int main() {
    std::ios::sync_with_stdio(false);
    std::cin.tie(nullptr);
    int n;
    std::cin >> n;
    std::vector<std::pair<int, int>> intervals(n), merged;
    for (auto& [left, right] : intervals) std::cin >> left >> right;
    parent.resize(n);
    std::iota(parent.begin(), parent.end(), 0);
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            if (root(i) != root(j) && intervals[i].first <= intervals[j].second &&
                intervals[j].first <= intervals[i].second) {
                parent[root(i)] = root(j);
            }
        }
    }
    for (int i = 0; i < n; i++) {
        auto& whole = intervals[root(i)];
        whole.first = std::min(whole.first, intervals[i].first);
        whole.second = std::max(whole.second, intervals[i].second);
    }
    for (int i = 0; i < n; i++) {
        if (root(i) == i) merged.push_back(intervals[i]);
    }
    std::sort(merged.begin(), merged.end());
    std::cout << merged.size() << "\n";
    for (auto [left, right] : merged) std::cout << left << " " << right << "\n";
}
