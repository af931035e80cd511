#include <algorithm>
#include <iostream>
#include <iterator>
#include <map>

int main() {
    std::ios::sync_with_stdio(false);
    std::cin.tie(nullptr);
    int n;
    std::cin >> n;
    std::map<int, int> parts;  // the right end by the left one
    while (n--) {
        int left, right;
        std::cin >> left >> right;
        auto next = parts.upper_bound(left);
        if (next != parts.begin() && std::prev(next)->second >= left) {
            --next;
            left = next->first;
        }
        while (next != parts.end() && next->first <= right) {
            right = std::max(right, next->second);
            next = parts.erase(next);
        }
        parts[left] = right;
    }
    std::cout << parts.size() << "\n";
    for (auto [left, right] : parts) std::cout << left << " " << right << "\n";
}
