// says: The program ended with exit code 1.
public class Main {
    public static void main(String[] args) {
        throw new IllegalStateException("no idea");
    }
}
