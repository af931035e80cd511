/* The handler returns to the instruction that faults. */
#include <signal.h>
static void again(int number) { (void)number; }
int main(void) {
    signal(SIGSEGV, again);
    *(volatile int *)0 = 1;
}
