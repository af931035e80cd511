// says: The program ended with exit code 3.
public class Main {
    public static void main(String[] words) {
        System.err.println("Aborting due to java.lang.OutOfMemoryError: Java heap space");
        System.out.println("Terminating due to java.lang.OutOfMemoryError: Java heap space");
        System.exit(3);
    }
}
