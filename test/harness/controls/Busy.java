/** Negative control: a JVM whose hot methods have been compiled. */
public class Busy {
  static int mix(int a, int b) {
    int sum = a;
    for (int i = 0; i < 500; i++) sum = sum * 31 + (b ^ i);
    return sum;
  }

  public static void main(String[] arguments) throws Exception {
    int total = 0;
    for (int i = 0; i < 40000; i++) total = mix(total, i);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 3000; i++) text.append((char) ('a' + i % 26));
    total += text.toString().replaceAll("(a|b)+c", "x").hashCode();
    System.out.println("{\"pid\":" + ProcessHandle.current().pid() + ",\"size\":0,\"checksum\":\"" + total + "\"}");
    System.out.flush();
    while (System.in.read() >= 0) {}
  }
}
