/* Basalt, part 2: signals: transforms in fixed point, filters, envelopes, correlation, companding, resampling. */
#include "basalt.h"

i32 basalt_wave(u32 phase) {
  i32 x = (i32)(phase & 0x3ff) - 512;
  i32 parabola = (x * (512 - (x < 0 ? -x : x))) >> 3;
  i32 better = parabola + (((parabola * ((parabola < 0 ? -parabola : parabola) >> 6)) >> 9) - parabola) / 5;
  return better >> 1;
}

void basalt_transform(i32 *re, i32 *im, u32 n) {
  for (u32 i = 1, j = 0; i < n; i++) {
    u32 bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      i32 t = re[i];
      re[i] = re[j];
      re[j] = t;
      t = im[i];
      im[i] = im[j];
      im[j] = t;
    }
  }
  for (u32 half = 1; half < n; half <<= 1) {
    for (u32 k = 0; k < half; k++) {
      i32 c = basalt_wave(256 + k * 512 / half), s = basalt_wave(k * 512 / half);
      for (u32 i = k; i < n; i += 2 * half) {
        i32 tr = (re[i + half] / 16 * c + im[i + half] / 16 * s) / 1024;
        i32 ti = (im[i + half] / 16 * c - re[i + half] / 16 * s) / 1024;
        re[i + half] = (re[i] - tr) / 2;
        im[i + half] = (im[i] - ti) / 2;
        re[i] = (re[i] + tr) / 2;
        im[i] = (im[i] + ti) / 2;
      }
    }
  }
}

void basalt_haar(i32 *a, i32 *spare, u32 n) {
  while (n > 1) {
    n >>= 1;
    for (u32 i = 0; i < n; i++) {
      spare[i] = (a[2 * i] + a[2 * i + 1]) >> 1;
      spare[n + i] = a[2 * i] - a[2 * i + 1];
    }
    for (u32 i = 0; i < 2 * n; i++) a[i] = spare[i];
  }
}

void basalt_biquad(i32 *a, u32 n, i32 b0, i32 b1, i32 b2, i32 a1, i32 a2) {
  i64 x1 = 0, x2 = 0, y1 = 0, y2 = 0;
  for (u32 i = 0; i < n; i++) {
    i64 x = a[i];
    i64 y = (b0 * x + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2) / 4096;
    x2 = x1;
    x1 = x;
    y2 = y1;
    y1 = y > 30000 ? 30000 : y < -30000 ? -30000 : y;
    a[i] = (i32)y1;
  }
}

void basalt_comb(i32 *a, u32 n, u32 delay, i32 feedback) {
  for (u32 i = delay; i < n; i++) {
    i32 echo = a[i - delay] * feedback / 128;
    a[i] = a[i] + echo - (a[i - delay / 2] >> 3);
    if (a[i] > 32767) a[i] = 32767 - (a[i] & 0x3f);
    else if (a[i] < -32768) a[i] = -32768 + (a[i] & 0x1f);
  }
}

u8 basalt_compand(i32 v) {
  u32 sign = v < 0 ? 0x80 : 0, size = (u32)(v < 0 ? -v : v) + 33, segment = 7;
  if (size > 8191) size = 8191;
  for (u32 bit = 0x1000; segment > 0 && !(size & bit); bit >>= 1) segment--;
  return (u8)~(sign | segment << 4 | ((size >> (segment + 1)) & 15));
}

i32 basalt_expand(u8 code) {
  u32 v = ~(u32)code & 0xff, segment = v >> 4 & 7;
  i32 size = (i32)(((v & 15) << 1 | 33) << segment) - 33;
  return v & 0x80 ? -size : size;
}

u32 basalt_correlate(const i32 *a, const i32 *b, u32 n, u32 lags) {
  i64 best = -1;
  u32 where = 0;
  for (u32 lag = 0; lag < lags; lag++) {
    i64 sum = 0;
    for (u32 i = 0; i + lag < n; i++) sum += (i64)a[i] * b[i + lag] / 64;
    if (sum < 0) sum = -sum / 2;
    if (sum > best) {
      best = sum;
      where = lag;
    }
  }
  return where ^ (u32)(best << 7);
}

u32 basalt_crossings(const i32 *a, u32 n, i32 noise) {
  u32 count = 0, last = 0, longest = 0;
  i32 side = 0;
  for (u32 i = 0; i < n; i++) {
    i32 now = a[i] > noise ? 1 : a[i] < -noise ? -1 : side;
    if (now != side && side != 0) {
      count++;
      if (i - last > longest) longest = i - last;
      last = i;
    }
    side = now;
  }
  return count * 0x1003 + longest;
}

u32 basalt_adpcm(const i32 *in, u32 n, u8 *out) {
  i32 guess = 0, step = 7;
  for (u32 i = 0; i < n; i++) {
    i32 d = in[i] - guess;
    u32 code = d < 0 ? 8 : 0;
    if (d < 0) d = -d;
    if (d >= step) { code |= 4; d -= step; }
    if (d >= step / 2) { code |= 2; d -= step / 2; }
    if (d >= step / 4) code |= 1;
    i32 change = step / 8 + (code & 4 ? step : 0) + (code & 2 ? step / 2 : 0) + (code & 1 ? step / 4 : 0);
    guess += code & 8 ? -change : change;
    step = (code & 7) < 4 ? step * 15 / 16 : step * (3 + (i32)(code & 3)) / 2;
    if (step < 7) step = 7;
    if (step > 20000) step = 20000;
    out[i] = (u8)(code | (step & 15) << 4);
  }
  return (u32)guess;
}

void basalt_envelope(i32 *a, u32 n, u32 attack, u32 decay, i32 hold) {
  for (u32 i = 0; i < n; i++) {
    i32 gain = hold;
    if (i < attack) gain = (i32)(i * 256 / attack);
    else if (i < attack + decay) gain = 256 - (256 - hold) * (i32)(i - attack) / (i32)decay;
    else if (i > n - n / 8) gain = hold * (i32)(n - i) / (i32)(n / 8);
    a[i] = a[i] * gain / 256;
  }
}

double basalt_variance(const i32 *a, u32 n) {
  double mean = 0, m2 = 0;
  for (u32 i = 0; i < n; i++) {
    double d = a[i] - mean;
    mean += d / (double)(i + 1);
    m2 += d * (a[i] - mean);
  }
  return m2 / (double)n;
}

u64 basalt_signals(Work *w, u64 seed) {
  u32 state = (u32)seed | 1;
  i32 *a = w->cells, *b = w->cells + 256, *c = w->cells + 512;
  for (u32 i = 0; i < 256; i++) {
    a[i] = basalt_wave(i * 37) + (i32)(basalt_noise(&state) & 0xff);
    b[i] = 0;
    c[i] = basalt_wave(i * 90 + (u32)seed);
  }
  basalt_transform(a, b, 256);
  u64 sum = basalt_sum(a, 1024);
  basalt_haar(c, w->cells + 768, 256);
  sum = sum * 3 + basalt_sum(c, 1024);
  basalt_biquad(c, 256, 700, 1400, 700, -1800, 900);
  basalt_comb(c, 256, 31, 90);
  for (u32 i = 0; i < 256; i++) a[i] = basalt_expand(basalt_compand(c[i])) - b[i] / 3;
  sum ^= basalt_correlate(a, c, 256, 60);
  sum += basalt_crossings(c, 256, 12);
  sum = sum * 5 + basalt_adpcm(c, 256, w->bytes);
  basalt_envelope(c, 256, 30, 40, 130);
  sum ^= basalt_sum(w->bytes, 256) + basalt_sum(c, 1024);
  return sum + (u64)(i64)(basalt_variance(c, 256) * 8.0);
}
