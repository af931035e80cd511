#include <iostream>
#include <map>
#include <utility>
#include <vector>

using Word = std::vector<int>;
using Pair = std::pair<int, int>;

std::vector<Word> read_words(int count) {
    std::vector<Word> words;
    for (int i = 0; i < count; i++) {
        int byte;
        std::cin >> byte;
        if (byte == ' ' || words.empty()) words.emplace_back();
        words.back().push_back(byte);
    }
    return words;
}

void merge(std::vector<Word>& words, const Pair& pair, int merged) {
    for (Word& word : words) {
        size_t end = 0;
        for (size_t i = 0; i < word.size(); i++) {
            if (i + 1 < word.size() && word[i] == pair.first && word[i + 1] == pair.second) {
                word[end++] = merged;
                i++;
            } else {
                word[end++] = word[i];
            }
        }
        word.resize(end);
    }
}

int main() {
    std::ios::sync_with_stdio(false);
    std::cin.tie(nullptr);
    int n, m, k;
    std::cin >> n >> m >> k;
    std::vector<Word> text = read_words(n), query = read_words(m);
    std::vector<Pair> merges;
    std::map<Pair, int> counts;
    for (const Word& word : text) {
        for (size_t i = 0; i + 1 < word.size(); i++) counts[{word[i], word[i + 1]}]++;
    }
    while ((int)merges.size() < k) {
        Pair best;
        int most = 1;
        for (const auto& [pair, count] : counts) {
            if (count > most) {
                best = pair;
                most = count;
            }
        }
        if (most < 2) break;
        merge(text, best, 256 + merges.size());
        merges.push_back(best);
        counts.erase(best);
    }
    for (size_t i = 0; i < merges.size(); i++) merge(query, merges[i], 256 + i);
    std::cout << merges.size() << '\n';
    for (const Pair& pair : merges) std::cout << pair.first << ' ' << pair.second << '\n';
    size_t count = 0;
    for (const Word& word : query) count += word.size();
    std::cout << count << '\n';
    for (const Word& word : query) {
        for (int token : word) std::cout << token << ' ';
    }
    std::cout << '\n';
}
