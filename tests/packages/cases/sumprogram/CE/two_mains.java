// says: Several classes have a main method: First, Second. Call one Main.
class First {
    public static void main(String[] words) {}
}

class Second {
    public static void main(String[] words) {}
}
