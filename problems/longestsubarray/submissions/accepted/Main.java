import java.io.DataInputStream;
import java.io.IOException;

public class Main {
    private static final DataInputStream IN = new DataInputStream(System.in);
    private static final byte[] BUFFER = new byte[1 << 16];
    private static int length = 0;
    private static int at = 0;

    private static int read() throws IOException {
        if (at == length) {
            length = IN.read(BUFFER, 0, BUFFER.length);
            at = 0;
            if (length <= 0) return -1;
        }
        return BUFFER[at++];
    }

    private static long next() throws IOException {
        int c = read();
        while (c < '0') c = read();
        long value = 0;
        for (; c >= '0'; c = read()) value = value * 10 + (c - '0');
        return value;
    }

    public static void main(String[] args) throws IOException {
        int n = (int) next();
        long s = next();
        long[] nums = new long[n];
        for (int i = 0; i < n; i++) nums[i] = next();
        long total = 0;
        int left = 0, best = 0;
        for (int right = 0; right < n; right++) {
            total += nums[right];
            while (total > s) total -= nums[left++];
            best = Math.max(best, right - left + 1);
        }
        System.out.println(best);
    }
}
