import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.StreamTokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

public class Main {
    private static final StreamTokenizer IN =
        new StreamTokenizer(new BufferedInputStream(System.in));

    private static int number() throws IOException {
        IN.nextToken();
        return (int) IN.nval;
    }

    private static List<int[]> words(int count) throws IOException {
        List<int[]> words = new ArrayList<>();
        int[] bytes = new int[count];
        int length = 0;
        for (int i = 0; i < count; i++) {
            int read = number();
            if (read == ' ' && length > 0) {
                words.add(Arrays.copyOf(bytes, length));
                length = 0;
            }
            bytes[length++] = read;
        }
        words.add(Arrays.copyOf(bytes, length));
        return words;
    }

    private static int[] merge(int[] word, long pair, int merged) {
        int end = 0;
        for (int i = 0; i < word.length; i++) {
            if (i + 1 < word.length && ((long) word[i] << 32 | word[i + 1]) == pair) {
                word[end++] = merged;
                i++;
            } else {
                word[end++] = word[i];
            }
        }
        return Arrays.copyOf(word, end);
    }

    public static void main(String[] args) throws IOException {
        int n = number(), m = number(), k = number();
        List<int[]> text = words(n), query = words(m);
        List<Long> merges = new ArrayList<>();
        while (merges.size() < k) {
            Map<Long, Integer> counts = new HashMap<>();
            for (int[] word : text) {
                for (int i = 0; i + 1 < word.length; i++) {
                    counts.merge((long) word[i] << 32 | word[i + 1], 1, Integer::sum);
                }
            }
            long best = 0;
            int most = 1;
            for (Map.Entry<Long, Integer> one : counts.entrySet()) {
                int count = one.getValue();
                if (count > most || count == most && most > 1 && one.getKey() < best) {
                    best = one.getKey();
                    most = count;
                }
            }
            if (most < 2) break;
            int merged = 256 + merges.size();
            long pair = best;
            text.replaceAll(word -> merge(word, pair, merged));
            query.replaceAll(word -> merge(word, pair, merged));
            merges.add(best);
        }
        StringBuilder out = new StringBuilder();
        out.append(merges.size()).append('\n');
        for (long pair : merges) out.append(pair >> 32).append(' ').append((int) pair).append('\n');
        out.append(query.stream().mapToInt(word -> word.length).sum()).append('\n');
        for (int[] word : query) {
            for (int token : word) out.append(token).append(' ');
        }
        System.out.println(out);
    }
}
