/* A clock that can be stepped, for the processes that are started with this library in LD_PRELOAD.
 *
 * The file that SHOUSI_CHAOS_CLOCK names holds one 64-bit number: by how many seconds the clock of
 * the day is ahead. Whoever writes another number steps the clock of all these processes at once.
 * As when a machine's clock is set, monotonic time doesn't change.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int (*ask_kernel)(clockid_t, struct timespec *);
static const volatile int64_t *ahead_s;

__attribute__((constructor)) static void open_clock(void) {
    const char *path = getenv("SHOUSI_CHAOS_CLOCK");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    ask_kernel = dlsym(RTLD_NEXT, "clock_gettime");
    if (file >= 0) {
        void *shared = mmap(NULL, sizeof *ahead_s, PROT_READ, MAP_SHARED, file, 0);
        if (shared != MAP_FAILED) ahead_s = shared;
        close(file);
    }
}

int clock_gettime(clockid_t which, struct timespec *now) {
    if (!ask_kernel) open_clock(); /* another library's constructor asks before ours has run */
    int failed = ask_kernel(which, now);
    if (!failed && ahead_s && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE))
        now->tv_sec += *ahead_s;
    return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec told;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &told)) return -1;
    now->tv_sec = told.tv_sec;
    now->tv_usec = told.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *where) {
    struct timespec told;
    if (clock_gettime(CLOCK_REALTIME, &told)) return -1;
    if (where) *where = told.tv_sec;
    return told.tv_sec;
}
