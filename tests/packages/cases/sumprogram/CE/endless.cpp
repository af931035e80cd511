// says: Compiling took more than
template <int N, int M>
struct Twice {
    static constexpr int value = Twice<N - 1, 2 * M>::value + Twice<N - 1, 2 * M + 1>::value;
};
template <int M>
struct Twice<0, M> {
    static constexpr int value = M & 1;
};
int main() { return Twice<28, 0>::value; }
