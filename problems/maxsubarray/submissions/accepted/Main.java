import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.StringTokenizer;

public class Main {
    public static void main(String[] args) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        int n = Integer.parseInt(in.readLine().trim());
        StringTokenizer words = new StringTokenizer(in.readLine());
        long best = Long.MIN_VALUE, current = 0;
        for (int i = 0; i < n; i++) {
            long num = Long.parseLong(words.nextToken());
            current = Math.max(num, current + num);
            best = Math.max(best, current);
        }
        System.out.println(best);
    }
}
