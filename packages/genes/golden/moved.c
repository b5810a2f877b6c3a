/* Harmless code full of addresses, for the test that moves it: globals, tables of functions and words, a switch, calls. */
typedef unsigned int u32;

u32 counts[64];
static u32 state = 0x243f6a88u;
static const char *const words[4] = {"one", "two", "three", "four"};

__attribute__((noinline)) u32 mix(u32 a, u32 b, u32 c) {
  a ^= b << 13;
  b += c ^ 0x9e3779b9u;
  c = (c >> 7) | (c << 25);
  return a * 0x85ebca6bu + (b ^ c);
}

__attribute__((noinline)) u32 up(u32 a) { return state += a * 7 + counts[a & 63]; }
__attribute__((noinline)) u32 down(u32 a) { return state -= (a ^ 0x55) * counts[(a + 1) & 63]; }
__attribute__((noinline)) u32 over(u32 a) {
  for (u32 i = 0; i < (a & 63); i++) counts[i] = mix(counts[i], state, i);
  return counts[a & 31];
}
static u32 (*const table[4])(u32) = {up, down, over, up};

__attribute__((noinline)) u32 apply(u32 (*what)(u32), u32 times) {
  u32 sum = 0;
  for (u32 i = 0; i < times; i++) sum = sum * 31 + (what == up ? up(i) + 3 : what(i) ^ state);
  return sum;
}

__attribute__((noinline)) u32 pick(u32 kind, u32 value) {
  switch (kind) {
    case 0: return value * 3 + (u32)words[value & 3][value & 1];
    case 1: return value / 7 + state;
    case 2: return apply(over, value & 15) ^ mix(value, 1, 2);
    case 3: return value ^ 0x5555;
    case 4: return value > 100 ? counts[value & 63] - 100 : counts[value & 31] + 100;
    case 5: state = state * 1103515245u + 12345u; return state >> 3;
    case 6: return table[value & 3](value) + table[(value >> 2) & 3](state);
    default: return 0;
  }
}

__attribute__((noinline)) u32 fill(u32 seed, u32 count) {
  u32 sum = 0;
  for (u32 i = 0; i < count; i++) {
    counts[i & 63] = mix(seed, i, sum);
    sum += counts[(i * 7) & 63] ^ (seed >> (i & 15));
    seed = seed * 1664525u + pick(i & 7, sum);
  }
  return sum;
}

u32 _start(u32 a) { return fill(a, 64) + apply(table[a & 3], a); }
