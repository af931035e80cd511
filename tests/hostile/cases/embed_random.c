__asm__(".incbin \"/dev/urandom\"");
int main(void) { return 0; }
