#define A(x) x x x x x x x x x x
#define B(x) A(A(A(A(x))))
int a = 0 B(B(B(+ 1)));
int main(void) { return a; }
