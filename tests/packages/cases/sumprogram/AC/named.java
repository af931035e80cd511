import java.util.Scanner;

interface Reader {
    static long sum(Scanner in) {
        long sum = 0;
        for (int n = in.nextInt(); n > 0; n--) sum += in.nextLong();
        return sum;
    }
}

public final class Solution {
    public static void main(final String... words) {
        System.out.println(Reader.sum(new Scanner(System.in)));
    }
}
