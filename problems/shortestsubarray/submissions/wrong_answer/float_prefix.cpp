#include <algorithm>
#include <deque>
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
    std::vector<float> before(n + 1);
    for (int i = 0; i < n; i++) before[i + 1] = before[i] + nums[i];
    std::deque<int> starts;
    int best = n + 1;
    for (int end = 0; end <= n; end++) {
        while (!starts.empty() && before[end] - before[starts.front()] >= s) {
            best = std::min(best, end - starts.front());
            starts.pop_front();
        }
        while (!starts.empty() && before[starts.back()] >= before[end]) starts.pop_back();
        starts.push_back(end);
    }
    std::cout << (best <= n ? best : -1) << "\n";
}
