#include <algorithm>
#include <iostream>
#include <unordered_map>
#include <vector>

int main() {
    std::ios::sync_with_stdio(false);
    std::cin.tie(nullptr);
    int n;
    long long s;
    std::cin >> n >> s;
    std::vector<long long> nums(n);
    for (auto& num : nums) std::cin >> num;
    std::unordered_map<long long, int> last{{0, 0}};
    long long total = 0;
    int best = n + 1;
    for (int end = 1; end <= n; end++) {
        total += nums[end - 1];
        auto found = last.find(total - s);
        if (found != last.end()) best = std::min(best, end - found->second);
        last[total] = end;
    }
    std::cout << (best <= n ? best : -1) << "\n";
}
