import java.util.*;
import java.util.function.*;
import java.util.stream.*;

/** Work for HotSpot's compilers: which tasks run follows from the argument. */
public class Work {
  public static void main(String[] arguments) {
    Random random = new Random(Long.parseLong(arguments.length > 0 ? arguments[0] : "1"));
    List<IntUnaryOperator> tasks = new ArrayList<>(List.of(
        n -> { Map<String, Integer> map = new HashMap<>(); for (int i = 0; i < n; i++) map.merge("k" + i % 97, i, Integer::sum); return map.size(); },
        n -> IntStream.range(0, n).map(i -> i * 31 ^ i >>> 3).sorted().limit(10).sum(),
        n -> { StringBuilder text = new StringBuilder(); for (int i = 0; i < n; i++) text.append(i); return text.toString().hashCode(); },
        n -> { double sum = 0; for (int i = 1; i < n; i++) sum += Math.sin(i) / Math.sqrt(i); return (int) sum; },
        n -> new TreeMap<>(Stream.iterate(1, i -> i * 7 % 1009).limit(n).collect(Collectors.toMap(i -> i, i -> i, (a, b) -> a))).size(),
        n -> "ab-12 cd-34 ".repeat(n / 10).split("[- ]").length,
        n -> { long[] cells = new long[n]; for (int i = 1; i < n; i++) cells[i] = cells[i - 1] * 6364136223846793005L + i; return (int) cells[n - 1]; }));
    tasks.removeIf(task -> random.nextDouble() < 0.3);
    long sum = 0;
    for (;;) for (IntUnaryOperator task : tasks) sum += task.applyAsInt(500);
  }
}
