#include <iostream>
#include <vector>

int main() {
    std::ios::sync_with_stdio(false);
    std::cin.tie(nullptr);
    int n, k;
    std::cin >> n >> k;
    std::vector<int> nums(n);
    for (auto& num : nums) std::cin >> num;
    int pivot = 0;
    while (!nums.empty()) {
        pivot = nums[nums.size() / 2];
        std::vector<int> greater, less;
        for (int num : nums) {
            if (num > pivot) greater.push_back(num);
            if (num < pivot) less.push_back(num);
        }
        int not_less = greater.size() + 1;
        if (k <= (int)greater.size()) {
            nums = greater;
        } else if (k <= not_less) {
            std::cout << pivot << "\n";
            return 0;
        } else {
            k -= not_less;
            nums = less;
        }
    }
    std::cout << pivot << "\n";
}
