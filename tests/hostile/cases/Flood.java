public class Main {
    public static void main(String[] words) {
        while (!System.out.checkError()) System.out.println("x".repeat(1000));
    }
}
