constexpr long spin() {
    long sum = 0;
    for (long n = 0; n < 1L << 40; n++) sum += n;
    return sum;
}
constexpr long value = spin();
int main() { return value; }
