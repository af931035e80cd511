// says: incompatible types
public class Main {
    int number = "text";
}
