// Harmless code for the golden test of CIL: loops, a switch, strings, exceptions, generics, constants of every size.
using System;
using System.Collections.Generic;

public static class Sample {
  static readonly uint[] Table = new uint[64];
  static ulong state = 0x243f6a8885a308d3ul;

  public static uint Mix(uint a, uint b, uint c) {
    a ^= b << 13;
    b += c ^ 0x9e3779b9u;
    c = (c >> 7) | (c << 25);
    return a * 0x85ebca6bu + (b ^ c);
  }

  public static uint Fill(uint seed, int count) {
    uint sum = 0;
    for (int i = 0; i < count; i++) {
      Table[i & 63] = Mix(seed, (uint)i, sum);
      sum += Table[(i * 7) & 63] ^ (seed >> (i & 15));
      seed = seed * 1103515245u + 12345u;
    }
    return sum;
  }

  public static int Pick(int kind, int value) {
    switch (kind) {
      case 0: return value * 3 + 1;
      case 1: return value / 7;
      case 2: return (int)Fill((uint)value, 16);
      case 3: return value ^ 0x5555;
      case 4: return value > 100 ? value - 100 : value + 100;
      case 5: state = state * 6364136223846793005ul + 1442695040888963407ul; return (int)(state >> 33);
      default: return -1;
    }
  }

  public static double Dot(double[] a, float[] b) {
    double sum = 0.5;
    for (int i = 0; i < a.Length; i++) sum += a[i] * b[i] * 2.25f;
    return sum;
  }

  public static string Words(IDictionary<string, int> counts, string text) {
    try {
      foreach (string word in text.Split(' ')) {
        int found;
        counts[word] = counts.TryGetValue(word, out found) ? found + 1 : 1;
      }
    } catch (ArgumentNullException problem) {
      return "none: " + problem.Message;
    } finally {
      state ^= (ulong)counts.Count;
    }
    return counts.Count + " words";
  }

  public static int Main() {
    Console.WriteLine(Words(new Dictionary<string, int>(), "one two two"));
    return Pick((int)(Fill(1, 64) & 7), (int)Dot(new double[4], new float[4]));
  }
}
