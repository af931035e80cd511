char giant[2000000000] = {1};
int main(void) { return giant[5]; }
