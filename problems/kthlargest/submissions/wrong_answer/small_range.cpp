#include <algorithm>
#include <iostream>
#include <vector>

int main() {
    std::ios::sync_with_stdio(false);
    std::cin.tie(nullptr);
    int n, k;
    std::cin >> n >> k;
    std::vector<int> nums(n);
    for (auto& num : nums) std::cin >> num;
    std::vector<int> counts(20001);
    for (int num : nums) counts[std::clamp(num, -10000, 10000) + 10000]++;
    int value = 20000;
    while (k > counts[value]) k -= counts[value--];
    std::cout << value - 10000 << "\n";
}
