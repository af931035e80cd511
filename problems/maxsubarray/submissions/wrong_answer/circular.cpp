#include <algorithm>
#include <iostream>
#include <vector>

int main() {
    std::ios::sync_with_stdio(false);
    std::cin.tie(nullptr);
    int n;
    std::cin >> n;
    std::vector<long long> nums(n);
    for (auto& num : nums) std::cin >> num;
    long long best = nums[0], most = 0, worst = nums[0], least = 0, total = 0;
    for (long long num : nums) {
        most = std::max(num, most + num);
        least = std::min(num, least + num);
        best = std::max(best, most);
        worst = std::min(worst, least);
        total += num;
    }
    if (best > 0) best = std::max(best, total - worst);
    std::cout << best << "\n";
}
