import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.StreamTokenizer;
import java.util.Arrays;

public class Main {
    public static void main(String[] args) throws IOException {
        StreamTokenizer in = new StreamTokenizer(new BufferedInputStream(System.in));
        in.nextToken();
        int n = (int) in.nval;
        int[][] intervals = new int[n][2];
        for (int[] interval : intervals) {
            in.nextToken();
            interval[0] = (int) in.nval;
            in.nextToken();
            interval[1] = (int) in.nval;
        }
        Arrays.sort(intervals, (a, b) -> Integer.compare(a[0], b[0]));
        int count = 0;
        StringBuilder lines = new StringBuilder();
        int left = intervals[0][0], right = intervals[0][1];
        for (int[] interval : intervals) {
            if (interval[0] > right) {
                lines.append(left).append(' ').append(right).append('\n');
                count++;
                left = interval[0];
            }
            right = Math.max(right, interval[1]);
        }
        lines.append(left).append(' ').append(right).append('\n');
        System.out.print((count + 1) + "\n" + lines);
    }
}
