// says: The program ended with exit code 1.
public class Main {
    public static void main(String[] words) {
        throw new OutOfMemoryError("Aborting due to java.lang.OutOfMemoryError");
    }
}
