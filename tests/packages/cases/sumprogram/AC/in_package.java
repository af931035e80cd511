package homework.one;

public class Answer {
    public static void main(String[] words) {
        java.util.Scanner in = new java.util.Scanner(System.in);
        long sum = 0;
        for (int n = in.nextInt(); n > 0; n--) sum += in.nextLong();
        System.out.println(sum);
    }
}
