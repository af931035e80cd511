#include <algorithm>
#include <iostream>
#include <utility>
#include <vector>

int main() {
    std::ios::sync_with_stdio(false);
    std::cin.tie(nullptr);
    int n;
    long long s;
    std::cin >> n >> s;
    std::vector<long long> nums(n);
    for (auto& num : nums) std::cin >> num;
    std::vector<std::pair<long long, int>> starts{{0, 0}};
    long long total = 0;
    int best = n + 1;
    for (int end = 1; end <= n; end++) {
        total += nums[end - 1];
        while (!starts.empty() && total - starts.front().first >= s) {
            best = std::min(best, end - starts.front().second);
            starts.erase(starts.begin());
        }
        while (!starts.empty() && starts.back().first >= total) starts.pop_back();
        starts.push_back({total, end});
    }
    std::cout << (best <= n ? best : -1) << "\n";
}
