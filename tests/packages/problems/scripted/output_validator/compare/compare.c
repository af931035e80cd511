#include <stdio.h>
#include "verdicts.h"

int main(int count, char **words) {
    long long wanted, got;
    char rest[2];
    FILE *answer = count > 2 ? fopen(words[2], "r") : NULL;
    if (!answer || fscanf(answer, "%lld", &wanted) != 1) return 1;
    if (scanf("%lld", &got) != 1 || scanf("%1s", rest) == 1) return WRONG;
    return got == wanted ? RIGHT : WRONG;
}
