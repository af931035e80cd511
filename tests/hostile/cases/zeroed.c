#include <stdlib.h>
#include <string.h>
int main(void) {
    for (;;) {
        char *more = calloc(1, 1 << 20);
        if (!more) return 1;
        memset(more, 1, 1 << 20);
    }
}
