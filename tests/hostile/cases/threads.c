#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
static void *wait_here(void *unused) {
    pause();
    return unused;
}
int main(void) {
    pthread_t thread;
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 16384);
    int count = 0;
    while (count < 100000 && pthread_create(&thread, &small, wait_here, 0) == 0) count++;
    puts(count < 1000 ? "denied" : "no bound");
    return 0;
}
