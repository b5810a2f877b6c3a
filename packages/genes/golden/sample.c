/* Harmless code for the golden test: loops, a switch, calls, constants, globals, vectors. */
typedef unsigned int u32;
typedef unsigned long long u64;

u32 table[64];
static u64 state = 0x243f6a8885a308d3ull;

__attribute__((noinline)) u32 mix(u32 a, u32 b, u32 c) {
  a ^= b << 13;
  b += c ^ 0x9e3779b9u;
  c = (c >> 7) | (c << 25);
  return a * 0x85ebca6bu + (b ^ c);
}

__attribute__((noinline)) u32 fill(u32 seed, u32 count) {
  u32 sum = 0;
  for (u32 i = 0; i < count; i++) {
    table[i & 63] = mix(seed, i, sum);
    sum += table[(i * 7) & 63] ^ (seed >> (i & 15));
    seed = seed * 1103515245u + 12345u;
  }
  return sum;
}

__attribute__((noinline)) int pick(int kind, int value) {
  switch (kind) {
    case 0: return value * 3 + 1;
    case 1: return value / 7;
    case 2: return (int)fill((u32)value, 16);
    case 3: return value ^ 0x5555;
    case 4: return value > 100 ? value - 100 : value + 100;
    case 5: state = state * 6364136223846793005ull + 1442695040888963407ull; return (int)(state >> 33);
    default: return -1;
  }
}

__attribute__((noinline)) float dot(const float *a, const float *b, int n) {
  float sum = 0.0f;
  for (int i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

void _start(void) {
  static float x[16], y[16];
  int code = pick((int)fill(1, 64) & 7, (int)dot(x, y, 16));
#ifdef __i386__
  __asm__ volatile("int $0x80" : : "a"(1), "b"(code) : "memory");
#else
  __asm__ volatile("syscall" : : "a"(60L), "D"((long)code) : "rcx", "r11", "memory");
#endif
  __builtin_unreachable();
}
