// Counts are kept from merge to merge: only the pairs beside a merge change.
#include <cstdio>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

struct Counts {
    std::unordered_map<int, int> of;
    std::set<std::pair<int, int>> by_count;  // the count, negated, and the pair

    void add(int left, int right, int change) {
        if (left < 0 || right < 0) return;
        int pair = left * 1024 + right;
        int& count = of[pair];
        if (count) by_count.erase({-count, pair});
        count += change;
        if (count) by_count.insert({-count, pair});
    }
};

std::vector<int> read_tokens(int count) {
    std::vector<int> tokens{-1};
    for (int byte; count-- && scanf("%d", &byte) == 1; tokens.push_back(byte)) {
        if (byte == 32) tokens.push_back(-1);
    }
    tokens.push_back(-1);
    return tokens;
}

std::vector<int> merged(const std::vector<int>& tokens, int pair, int new_id, Counts* counts) {
    std::vector<int> made{-1};
    for (size_t i = 1; i < tokens.size(); i++) {
        int left = tokens[i], right = i + 1 < tokens.size() ? tokens[i + 1] : -1;
        if (left < 0 || right < 0 || left * 1024 + right != pair) {
            made.push_back(left);
            continue;
        }
        if (counts) {
            // To the left stands what is there by now, to the right what was there before.
            int before = made.back(), behind = tokens[i + 2];
            counts->add(before, left, -1);
            counts->add(left, right, -1);
            counts->add(right, behind, -1);
            counts->add(before, new_id, 1);
            counts->add(new_id, behind, 1);
        }
        made.push_back(new_id);
        i++;
    }
    return made;
}

int main() {
    int n, m, k;
    if (scanf("%d %d %d", &n, &m, &k) != 3) return 1;
    std::vector<int> text = read_tokens(n), query = read_tokens(m), merges;
    Counts counts;
    for (size_t i = 0; i + 1 < text.size(); i++) counts.add(text[i], text[i + 1], 1);
    while ((int)merges.size() < k && !counts.by_count.empty()) {
        auto [count, pair] = *counts.by_count.begin();
        if (count > -2) break;
        text = merged(text, pair, 256 + merges.size(), &counts);
        query = merged(query, pair, 256 + merges.size(), nullptr);
        merges.push_back(pair);
    }
    printf("%zu\n", merges.size());
    for (int pair : merges) printf("%d %d\n", pair / 1024, pair % 1024);
    std::string line;
    int ids = 0;
    for (int token : query) {
        if (token < 0) continue;
        line += std::to_string(token) + " ";
        ids++;
    }
    printf("%d\n%s\n", ids, line.c_str());
}
