const int main[] = {1, 2, 3};
