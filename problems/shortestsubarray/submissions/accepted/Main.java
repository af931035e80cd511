import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.ArrayDeque;
import java.util.StringTokenizer;

public class Main {
    public static void main(String[] args) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        StringTokenizer words = new StringTokenizer(in.readLine());
        int n = Integer.parseInt(words.nextToken());
        long s = Long.parseLong(words.nextToken());
        words = new StringTokenizer(in.readLine());
        long[] before = new long[n + 1];
        for (int i = 0; i < n; i++) before[i + 1] = before[i] + Long.parseLong(words.nextToken());
        ArrayDeque<Integer> starts = new ArrayDeque<>();
        int best = n + 1;
        for (int end = 0; end <= n; end++) {
            while (!starts.isEmpty() && before[end] - before[starts.peekFirst()] >= s) {
                best = Math.min(best, end - starts.pollFirst());
            }
            while (!starts.isEmpty() && before[starts.peekLast()] >= before[end]) starts.pollLast();
            starts.addLast(end);
        }
        System.out.println(best <= n ? best : -1);
    }
}
