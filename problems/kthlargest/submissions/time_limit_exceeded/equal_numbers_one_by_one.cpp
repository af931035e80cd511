#include <iostream>
#include <random>
#include <utility>
#include <vector>

int main() {
    std::ios::sync_with_stdio(false);
    std::cin.tie(nullptr);
    int n, k;
    std::cin >> n >> k;
    std::vector<int> nums(n);
    for (auto& num : nums) std::cin >> num;
    std::mt19937 random(12345);
    int low = 0, high = n - 1;
    while (low < high) {
        std::swap(nums[low + random() % (high - low + 1)], nums[high]);
        int place = low;
        for (int i = low; i < high; i++) {
            if (nums[i] > nums[high]) std::swap(nums[i], nums[place++]);
        }
        std::swap(nums[place], nums[high]);
        if (place == k - 1) break;
        if (place < k - 1) {
            low = place + 1;
        } else {
            high = place - 1;
        }
    }
    std::cout << nums[k - 1] << "\n";
}
