// says: More than 1 s of CPU time.
int main() {
    volatile unsigned long n = 0;
    for (;;) n = n + 1;
}
