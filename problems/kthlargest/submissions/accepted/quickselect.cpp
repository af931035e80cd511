#include <iostream>
#include <random>
#include <vector>

int main() {
    std::ios::sync_with_stdio(false);
    std::cin.tie(nullptr);
    int n, k;
    std::cin >> n >> k;
    std::vector<int> nums(n);
    for (auto& num : nums) std::cin >> num;
    std::mt19937 random(12345);
    while (true) {
        int pivot = nums[random() % nums.size()];
        std::vector<int> greater, less;
        for (int num : nums) {
            if (num > pivot) greater.push_back(num);
            if (num < pivot) less.push_back(num);
        }
        int not_less = nums.size() - less.size();
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
}
