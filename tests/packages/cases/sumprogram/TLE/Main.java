public class Main {
    public static void main(String[] args) {
        for (long n = 0; ; n++) if (n < 0) break;
    }
}
