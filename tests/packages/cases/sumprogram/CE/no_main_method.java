// says: No class has a method `public static void main(String[] args)` (Adder)
public class Adder {
    static void main(String[] words) {}

    public void main(String word) {}
}
