#include <deque>
#include <iostream>
#include <vector>

// Whether some subarray of at most `length` numbers reaches s, by the lowest prefix sum of a window.
bool reaches(const std::vector<long long>& before, int length, long long s) {
    std::deque<int> starts;
    for (int end = 0; end < int(before.size()); end++) {
        while (!starts.empty() && starts.front() < end - length) starts.pop_front();
        if (!starts.empty() && before[end] - before[starts.front()] >= s) return true;
        while (!starts.empty() && before[starts.back()] >= before[end]) starts.pop_back();
        starts.push_back(end);
    }
    return false;
}

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
    int low = 1, high = n + 1;
    while (low < high) {
        int middle = (low + high) / 2;
        if (reaches(before, middle, s)) high = middle;
        else low = middle + 1;
    }
    std::cout << (low <= n ? low : -1) << "\n";
}
