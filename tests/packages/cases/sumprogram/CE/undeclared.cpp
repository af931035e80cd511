// says: not declared
int main() { return nowhere; }
