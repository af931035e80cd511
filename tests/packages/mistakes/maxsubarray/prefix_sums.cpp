// told: never_resets.cpp
#include <cstdio>
#include <vector>

int main() {
    int count;
    if (std::scanf("%d", &count) != 1) return 1;
    long long prefix = 0, answer = 0;
    for (int i = 0; i < count; i++) {
        long long value;
        if (std::scanf("%lld", &value) != 1) return 1;
        prefix += value;
        if (i == 0 || prefix > answer) answer = prefix;
    }
    std::printf("%lld\n", answer);
}
