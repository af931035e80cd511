template <int n, int m> struct F { static const int v = F<n - 1, 2 * m>::v + F<n - 1, 2 * m + 1>::v; };
template <int m> struct F<0, m> { static const int v = m; };
int main() { return F<60, 0>::v; }
