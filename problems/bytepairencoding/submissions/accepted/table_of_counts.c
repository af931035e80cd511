#include <stdio.h>
#include <string.h>

/* A gap stands before each space: no pair reaches over it. */
#define GAP -1
#define IDS 456

static int text[20000], query[20000], counts[IDS][IDS], merges[200][2];

static int read_tokens(int *tokens, int count) {
    int length = 0, byte;
    while (count--) {
        if (scanf("%d", &byte) != 1) return 0;
        if (byte == 32) tokens[length++] = GAP;
        tokens[length++] = byte;
    }
    return length;
}

static int merge(int *tokens, int length, int left, int right, int merged) {
    int end = 0;
    for (int i = 0; i < length; i++) {
        if (i + 1 < length && tokens[i] == left && tokens[i + 1] == right) {
            tokens[end++] = merged;
            i++;
        } else {
            tokens[end++] = tokens[i];
        }
    }
    return end;
}

int main(void) {
    int n, m, k, learned = 0;
    if (scanf("%d %d %d", &n, &m, &k) != 3) return 1;
    n = read_tokens(text, n);
    m = read_tokens(query, m);
    while (learned < k) {
        int left = 0, right = 0, most = 0;
        memset(counts, 0, sizeof counts);
        for (int i = 0; i + 1 < n; i++) {
            if (text[i] != GAP && text[i + 1] != GAP) counts[text[i]][text[i + 1]]++;
        }
        for (int a = 0; a < 256 + learned; a++) {
            for (int b = 0; b < 256 + learned; b++) {
                if (counts[a][b] > most) {
                    most = counts[a][b];
                    left = a;
                    right = b;
                }
            }
        }
        if (most < 2) break;
        n = merge(text, n, left, right, 256 + learned);
        merges[learned][0] = left;
        merges[learned++][1] = right;
    }
    printf("%d\n", learned);
    int count = 0;
    for (int i = 0; i < learned; i++) {
        printf("%d %d\n", merges[i][0], merges[i][1]);
        m = merge(query, m, merges[i][0], merges[i][1], 256 + i);
    }
    for (int i = 0; i < m; i++) count += query[i] != GAP;
    printf("%d\n", count);
    for (int i = 0; i < m; i++) {
        if (query[i] != GAP) printf("%d ", query[i]);
    }
    printf("\n");
    return 0;
}
