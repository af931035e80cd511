class Halves {
    static long both(long a, long b) {
        return a + b;
    }
}
