/* Amber, part 3: whole numbers and reals: long arithmetic, dates, matrices, quaternions, series. */
#include "amber.h"

void amber_big_add(u32 *a, const u32 *b, u32 n) {
  u64 carry = 0;
  for (u32 i = 0; i < n; i++) {
    carry += (u64)a[i] + b[i];
    a[i] = (u32)carry;
    carry >>= 32;
  }
}

void amber_big_multiply(const u32 *a, const u32 *b, u32 *out, u32 n) {
  for (u32 i = 0; i < 2 * n; i++) out[i] = 0;
  for (u32 i = 0; i < n; i++) {
    u64 carry = 0;
    for (u32 j = 0; j < n; j++) {
      carry += (u64)a[i] * b[j] + out[i + j];
      out[i + j] = (u32)carry;
      carry >>= 32;
    }
    out[i + n] = (u32)carry;
  }
}

u32 amber_big_divide_small(u32 *a, u32 n, u32 divisor) {
  u64 rest = 0;
  for (u32 i = n; i-- > 0;) {
    u64 v = (rest << 32) | a[i];
    a[i] = (u32)(v / divisor);
    rest = v % divisor;
  }
  return (u32)rest;
}

u64 amber_power_mod(u64 base, u64 exponent, u64 modulus) {
  u64 result = 1;
  base %= modulus;
  while (exponent != 0) {
    if (exponent & 1) result = result * base % modulus;
    base = base * base % modulus;
    exponent >>= 1;
  }
  return result;
}

i64 amber_inverse(i64 a, i64 modulus) {
  i64 t = 0, fresh = 1, r = modulus, rest = a % modulus;
  while (rest != 0) {
    i64 q = r / rest;
    i64 s = t - q * fresh;
    t = fresh;
    fresh = s;
    s = r - q * rest;
    r = rest;
    rest = s;
  }
  return r > 1 ? -1 : t < 0 ? t + modulus : t;
}

i64 amber_days(i32 year, i32 month, i32 day) {
  year -= month <= 2;
  i64 era = (year >= 0 ? year : year - 399) / 400;
  u32 of_era = (u32)(year - era * 400);
  u32 of_year = (153u * (u32)(month + (month > 2 ? -3 : 9)) + 2) / 5 + (u32)day - 1;
  u32 days = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
  return era * 146097 + (i64)days - 719468;
}

u32 amber_date(i64 days) {
  days += 719468;
  i64 era = (days >= 0 ? days : days - 146096) / 146097;
  u32 of_era = (u32)(days - era * 146097);
  u32 year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  u32 of_year = of_era - (365 * year + year / 4 - year / 100);
  u32 m = (5 * of_year + 2) / 153;
  u32 day = of_year - (153 * m + 2) / 5 + 1;
  u32 month = m < 10 ? m + 3 : m - 9;
  return ((u32)(year + (u32)era * 400 + (month <= 2)) << 9) | (month << 5) | day;
}

void amber_matrix4(const i32 *a, const i32 *b, i32 *out) {
  for (u32 r = 0; r < 4; r++) {
    i32 a0 = a[r * 4], a1 = a[r * 4 + 1], a2 = a[r * 4 + 2], a3 = a[r * 4 + 3];
    for (u32 c = 0; c < 4; c++) out[r * 4 + c] = a0 * b[c] + a1 * b[4 + c] + a2 * b[8 + c] - a3 * b[12 + c];
  }
}

i64 amber_determinant3(const i32 *m) {
  i64 a = (i64)m[0] * ((i64)m[4] * m[8] - (i64)m[5] * m[7]);
  i64 b = (i64)m[1] * ((i64)m[3] * m[8] - (i64)m[5] * m[6]);
  i64 c = (i64)m[2] * ((i64)m[3] * m[7] - (i64)m[4] * m[6]);
  return a - b + c;
}

void amber_quaternion(const double *p, const double *q, double *out) {
  out[0] = p[0] * q[0] - p[1] * q[1] - p[2] * q[2] - p[3] * q[3];
  out[1] = p[0] * q[1] + p[1] * q[0] + p[2] * q[3] - p[3] * q[2];
  out[2] = p[0] * q[2] - p[1] * q[3] + p[2] * q[0] + p[3] * q[1];
  out[3] = p[0] * q[3] + p[1] * q[2] - p[2] * q[1] + p[3] * q[0];
}

double amber_sine(double x) {
  double turns = x * 0.15915494309189535;
  i64 whole = (i64)(turns < 0 ? turns - 0.5 : turns + 0.5);
  x -= (double)whole * 6.283185307179586;
  double x2 = x * x;
  double r = -1.0 / 39916800.0;
  r = r * x2 + 1.0 / 362880.0;
  r = r * x2 - 1.0 / 5040.0;
  r = r * x2 + 1.0 / 120.0;
  r = r * x2 - 1.0 / 6.0;
  return x + x * x2 * r;
}

double amber_root(double v) {
  if (v <= 0) return 0;
  double guess = v > 1 ? v * 0.5 : v + 0.25;
  for (u32 i = 0; i < 40; i++) {
    double next = 0.5 * (guess + v / guess);
    double gap = next - guess;
    guess = next;
    if (gap < 1e-12 && gap > -1e-12) break;
  }
  return guess;
}

u32 amber_integer_root(u64 v) {
  u64 bit = 1ul << 62, root = 0;
  while (bit > v) bit >>= 2;
  while (bit != 0) {
    if (v >= root + bit) {
      v -= root + bit;
      root = (root >> 1) + bit;
    } else {
      root >>= 1;
    }
    bit >>= 2;
  }
  return (u32)root;
}

u32 amber_bits_interleave(u16 x, u16 y) {
  u32 a = x, b = y;
  a = (a | (a << 8)) & 0x00ff00ff;
  a = (a | (a << 4)) & 0x0f0f0f0f;
  a = (a | (a << 2)) & 0x33333333;
  a = (a | (a << 1)) & 0x55555555;
  b = (b | (b << 8)) & 0x00ff00ff;
  b = (b | (b << 4)) & 0x0f0f0f0f;
  b = (b | (b << 2)) & 0x33333333;
  b = (b | (b << 1)) & 0x55555555;
  return a | (b << 1);
}

u32 amber_reverse_bits(u32 v) {
  v = ((v >> 1) & 0x55555555) | ((v & 0x55555555) << 1);
  v = ((v >> 2) & 0x33333333) | ((v & 0x33333333) << 2);
  v = ((v >> 4) & 0x0f0f0f0f) | ((v & 0x0f0f0f0f) << 4);
  v = ((v >> 8) & 0x00ff00ff) | ((v & 0x00ff00ff) << 8);
  return (v >> 16) | (v << 16);
}

u32 amber_sieve(u8 *flags, u32 limit) {
  u32 count = 0, last = 0;
  for (u32 i = 0; i < limit; i++) flags[i] = 1;
  for (u32 p = 2; p < limit; p++) {
    if (flags[p] == 0) continue;
    count++;
    last = p;
    for (u32 q = p * p; q < limit; q += p) flags[q] = 0;
  }
  return count * 4099 + last;
}

u64 amber_numbers(Work *w, u64 seed) {
  u64 sum = seed ^ 0x77;
  for (u32 i = 0; i < 64; i++) w->words[i] = amber_fold(i + (u32)seed);
  amber_big_add(w->words, w->words + 16, 16);
  amber_big_multiply(w->words, w->words + 16, w->words + 32, 8);
  sum += amber_big_divide_small(w->words + 32, 16, 0x3b9aca07);
  sum ^= amber_power_mod(seed | 3, 0x1d2f, 0x7ffffed);
  sum += (u64)amber_inverse((i64)(seed % 9973) + 2, 10007);
  i64 days = amber_days(2026, 11, 24) + (i64)(seed & 0x3fff);
  sum = sum * 7 + amber_date(days) + (u64)days;
  for (u32 i = 0; i < 48; i++) w->cells[i] = (i32)(i * 37 % 23) - 11;
  amber_matrix4(w->cells, w->cells + 16, w->cells + 32);
  sum += (u64)amber_determinant3(w->cells + 32);
  for (u32 i = 0; i < 8; i++) w->reals[i] = (double)i * 0.5 - 1.25;
  amber_quaternion(w->reals, w->reals + 4, w->reals + 8);
  double r = amber_sine(w->reals[8]) + amber_root(17.0 + w->reals[9] * w->reals[9]);
  sum += (u64)(i64)(r * 1000.0);
  sum ^= amber_integer_root(seed * 0x1000193 + 5);
  sum += amber_bits_interleave((u16)seed, (u16)(seed >> 16)) ^ amber_reverse_bits((u32)(seed >> 5));
  return sum + amber_sieve(w->bytes, 3000);
}
