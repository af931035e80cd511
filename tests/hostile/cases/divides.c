int main(int count, char **words) {
    (void)words;
    volatile int zero = count - 1;
    return 42 / zero;
}
