/* Harmless code for the golden test of A64: what the rules of its chapter speak of. */
typedef unsigned int u32;
typedef unsigned long long u64;

static u32 table[512];
static u64 state = 0x243f6a8885a308d3ull;
static const char *words[4] = {"one", "two", "three", "four"};
extern u32 seed_of(u32 value);

__attribute__((noinline)) u64 step(u64 a, u32 b) {
  state = state * 6364136223846793005ull + 1442695040888963407ull;
  a ^= state >> (b & 31);
  return (a << 7) | (a >> 57);
}

/* Pages of two globals, used before and behind calls. */
__attribute__((noinline)) u64 fill(u32 count) {
  u64 sum = 0;
  for (u32 i = 0; i < count; i++) {
    table[i & 511] = seed_of(i) ^ (u32)step(sum, i);
    sum += table[(i * 7) & 511] + (u32)words[i & 3][i & 1];
  }
  state ^= sum;
  return sum + state;
}

__attribute__((noinline)) int pick(int kind, int value) {
  switch (kind) {
    case 0: return value * 3 + 1;
    case 1: return value / 7;
    case 2: return (int)fill((u32)value);
    case 3: return value ^ 0x5555;
    case 4: return value > 100 ? value - 100 : value + 100;
    case 5: return (int)(step((u64)value, 3) >> 33);
    default: return -1;
  }
}

__attribute__((noinline)) double dot(const double *a, const double *b, int n, double *out) {
  double sum = 0.0;
  for (int i = 0; i < n; i++) {
    sum += a[i] * b[i];
    out[i] = sum * 0.5 + b[i];
  }
  return sum;
}

/* A stack frame with slots, and a constant of 64 bits. */
__attribute__((noinline)) u64 frame(u64 a, u64 b) {
  volatile u64 slots[6];
  for (int i = 0; i < 6; i++) slots[i] = a * 0x9e3779b97f4a7c15ull + (u64)i;
  u64 sum = b;
  for (int i = 0; i < 6; i++) sum = (sum ^ slots[i]) * 31 + (sum >> 5);
  return sum;
}

u32 seed_of(u32 value) { return value * 1664525u + 1013904223u; }

void _start(void) {
  static double x[16], y[16], z[16];
  long code = pick((int)(frame(1, 64) & 7), (int)dot(x, y, 16, z));
  register long x0 __asm__("x0") = code;
  register long x8 __asm__("x8") = 93;
  __asm__ volatile("svc 0" : : "r"(x0), "r"(x8) : "memory");
  __builtin_unreachable();
}
