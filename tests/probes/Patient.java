import java.util.ArrayList;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.CountDownLatch;

/** Does to its own heap and threads what it is told, a line at a time. */
public class Patient {
    static final List<byte[]> kept = new ArrayList<>();
    static volatile byte[] wasted;

    public static void main(String[] words) {
        Scanner lines = new Scanner(System.in);
        System.out.println("here");
        while (lines.hasNextLine()) {
            String[] line = lines.nextLine().split(" ");
            switch (line[0]) {
                case "keep" -> fill(Integer.parseInt(line[1]), true);
                case "waste" -> fill(Integer.parseInt(line[1]), false);
                case "drop" -> kept.clear();
                case "collect" -> System.gc();
                case "deadlock" -> deadlock();
                default -> throw new IllegalArgumentException(line[0]);
            }
            System.out.println("done");
        }
    }

    /** Megabytes, in pieces that no collector takes for large ones. */
    static void fill(int megabytes, boolean keep) {
        for (int piece = 0; piece < 64 * megabytes; piece++) {
            wasted = new byte[16 * 1024];
            if (keep) kept.add(wasted);
        }
    }

    static void deadlock() {
        Object one = new Object(), other = new Object();
        CountDownLatch both = new CountDownLatch(2);
        lock("one", one, other, both);
        lock("other", other, one, both);
    }

    static void lock(String name, Object mine, Object theirs, CountDownLatch both) {
        Thread thread = new Thread(() -> {
            synchronized (mine) {
                both.countDown();
                try {
                    both.await();
                } catch (InterruptedException end) {
                    return;
                }
                synchronized (theirs) {
                    throw new IllegalStateException("no deadlock");
                }
            }
        }, name);
        thread.setDaemon(true);
        thread.start();
    }
}
