// says: Several classes have a main method: First, Second. Call the one to start Main.
class First {
    public static void main(String[] words) {}
}

class Second {
    public static void main(String[] words) {}
}
