public class Main {
    public static void main(String[] words) {
        Thread thread = new Thread(() -> { while (true); });
        thread.start();
    }
}
