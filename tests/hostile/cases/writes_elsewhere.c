#pragma GCC optimize("O3")
#line 1 "/etc/passwd"
int main(void) { return undeclared; }
