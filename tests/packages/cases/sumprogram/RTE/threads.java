// says: The program ended with exit code 1.
public class Main {
    public static void main(String[] words) throws InterruptedException {
        for (int n = 0; n < 1000; n++) {
            Thread sleeper = new Thread(() -> java.util.concurrent.locks.LockSupport.park());
            sleeper.setDaemon(true);
            sleeper.start();
        }
    }
}
