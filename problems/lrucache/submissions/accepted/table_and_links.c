#include <stdio.h>

#define BUCKETS 262144
#define NODES 100002

static int keys[NODES], values[NODES], before[NODES], behind[NODES], chained[NODES];
static int buckets[BUCKETS];  // the first node of each, 0 for none
static int capacity, count;

// Node 0 closes the ring of uses: the oldest is behind it, the latest before it.
static void take_out(int node) {
    behind[before[node]] = behind[node];
    before[behind[node]] = before[node];
}

static void append(int node) {
    before[node] = before[0];
    behind[node] = 0;
    behind[before[0]] = node;
    before[0] = node;
}

static int *bucket(int key) { return &buckets[(unsigned)key * 2654435769u >> 14]; }

static int find(int key) {
    int node = *bucket(key);
    while (node && keys[node] != key) node = chained[node];
    return node;
}

static void forget(int node) {
    int *place = bucket(keys[node]);
    while (*place != node) place = &chained[*place];
    *place = chained[node];
}

int main(void) {
    int q, key, value;
    char name[4];
    if (scanf("%d %d", &capacity, &q) != 2) return 1;
    while (q--) {
        if (scanf("%3s %d", name, &key) != 2) return 1;
        int node = find(key);
        if (name[0] == 'g') {
            if (node) {
                take_out(node);
                append(node);
            }
            printf("%d\n", node ? values[node] : -1);
            continue;
        }
        if (scanf("%d", &value) != 1) return 1;
        if (node) {
            take_out(node);
        } else {
            if (count == capacity) {
                node = behind[0];
                take_out(node);
                forget(node);
            } else {
                node = ++count;
            }
            keys[node] = key;
            chained[node] = *bucket(key);
            *bucket(key) = node;
        }
        values[node] = value;
        append(node);
    }
    return 0;
}
