// says: Killed by SIGSEGV.
int main() {
    volatile int* nothing = nullptr;
    return *nothing;
}
