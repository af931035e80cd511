import java.util.ArrayList;

public class Main {
    public static void main(String[] arguments) {
        ArrayList<byte[]> all = new ArrayList<>();
        for (;;) {
            byte[] block = new byte[1 << 24];
            java.util.Arrays.fill(block, (byte) 1);
            all.add(block);
        }
    }
}
