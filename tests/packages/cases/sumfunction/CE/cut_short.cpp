// says: error
int main() {
