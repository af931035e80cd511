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
    int length = 1;
    for (; length <= n; length++) {
        int i = 0;
        while (i + length <= n && before[i + length] - before[i] < s) i++;
        if (i + length <= n) break;
    }
    std::cout << (length <= n ? length : -1) << "\n";
}
