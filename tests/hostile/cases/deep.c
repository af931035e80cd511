int f(volatile int n) { volatile char pad[4096]; pad[n & 4095] = 1; return f(n + 1) + pad[0]; }
int main(void) { return f(0); }
