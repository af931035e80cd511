public class Main {
    public static void main(String[] words) {
        try {
            System.out.println(new long[Integer.MAX_VALUE].length);
        } catch (OutOfMemoryError error) {
            System.out.println("caught");
        }
    }
}
