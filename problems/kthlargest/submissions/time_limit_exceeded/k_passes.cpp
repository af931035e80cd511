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
    for (int i = 0; i < k; i++) {
        for (int j = n - 1; j > i; j--) {
            if (nums[j] > nums[j - 1]) std::swap(nums[j], nums[j - 1]);
        }
    }
    std::cout << nums[k - 1] << "\n";
}
