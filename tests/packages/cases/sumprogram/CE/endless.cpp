// says: Compiling took more than
template <int N, int M> struct Twice { enum { value = Twice<N - 1, 2 * M>::value + Twice<N - 1, 2 * M + 1>::value }; };
template <int M> struct Twice<0, M> { enum { value = M & 1 }; };
int main() { return Twice<28, 0>::value; }
