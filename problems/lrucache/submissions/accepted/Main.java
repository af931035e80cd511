import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringTokenizer;

class LRUCache extends LinkedHashMap<Integer, Integer> {
    private final int capacity;

    LRUCache(int capacity) {
        super(16, 0.75f, true);
        this.capacity = capacity;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<Integer, Integer> eldest) {
        return size() > capacity;
    }
}

public class Main {
    public static void main(String[] args) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        StringTokenizer words = new StringTokenizer(in.readLine());
        LRUCache cache = new LRUCache(Integer.parseInt(words.nextToken()));
        int q = Integer.parseInt(words.nextToken());
        StringBuilder out = new StringBuilder();
        while (q-- > 0) {
            words = new StringTokenizer(in.readLine());
            boolean isGet = words.nextToken().equals("get");
            int key = Integer.parseInt(words.nextToken());
            if (isGet) {
                out.append(cache.getOrDefault(key, -1)).append('\n');
            } else {
                cache.put(key, Integer.parseInt(words.nextToken()));
            }
        }
        System.out.print(out);
    }
}
