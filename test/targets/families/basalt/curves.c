/* Basalt, part 6: curves and solids: a toy elliptic group, polynomials, splines, hulls, integration, roots. */
#include "basalt.h"
#define PRIME 65521

u32 basalt_field_power(u32 a, u32 e) {
  u32 r = 1;
  for (; e; e >>= 1) {
    if (e & 1) r = (u32)((u64)r * a % PRIME);
    a = (u32)((u64)a * a % PRIME);
  }
  return r;
}

u64 basalt_point_add(u64 p, u64 q) {
  u32 px = (u32)p, py = (u32)(p >> 32), qx = (u32)q, qy = (u32)(q >> 32), slope;
  if (p == 0) return q;
  if (q == 0) return p;
  if (px == qx) {
    if ((py + qy) % PRIME == 0) return 0;
    u32 top = (u32)((3ul * px * px + 7) % PRIME);
    slope = (u32)((u64)top * basalt_field_power(2 * py % PRIME, PRIME - 2) % PRIME);
  } else {
    u32 dx = (qx + PRIME - px) % PRIME, dy = (qy + PRIME - py) % PRIME;
    slope = (u32)((u64)dy * basalt_field_power(dx, PRIME - 2) % PRIME);
  }
  u32 x = (u32)(((u64)slope * slope + 2ul * PRIME - px - qx) % PRIME);
  u32 y = (u32)(((u64)slope * ((px + PRIME - x) % PRIME) + PRIME - py) % PRIME);
  return (u64)y << 32 | x;
}

u64 basalt_point_times(u64 p, u32 k) {
  u64 sum = 0;
  for (u32 guard = 0; k != 0 && guard < 32; guard++) {
    if (k & 1) sum = basalt_point_add(sum, p);
    p = basalt_point_add(p, p);
    k >>= 1;
  }
  return sum;
}

u32 basalt_poly_multiply(const u32 *a, const u32 *b, u32 *out, u32 n) {
  for (u32 i = 0; i < 2 * n; i++) out[i] = 0;
  for (u32 i = 0; i < n; i++) {
    if (a[i] == 0) continue;
    for (u32 j = 0; j < n; j++) out[i + j] = (out[i + j] + a[i] % 257 * (b[j] % 257)) % 257;
  }
  u32 degree = 2 * n;
  while (degree > 0 && out[degree - 1] == 0) degree--;
  return degree;
}

u32 basalt_gf_multiply(u32 a, u32 b) {
  u32 r = 0;
  for (u32 i = 0; i < 8; i++) {
    r ^= a & -(b & 1);
    b >>= 1;
    a = (a << 1) ^ (0x12d & -(a >> 7 & 1));
  }
  return r & 255;
}

u32 basalt_syndromes(const u8 *data, u32 size, u8 *out) {
  u32 root = 1, bad = 0;
  for (u32 k = 0; k < 8; k++) {
    u32 s = 0;
    for (u32 i = 0; i < size; i++) s = basalt_gf_multiply(s, root) ^ data[i];
    out[k] = (u8)s;
    bad += s != 0;
    root = basalt_gf_multiply(root, 2);
  }
  return bad;
}

double basalt_spline(const double *p, double t) {
  double a = -0.5 * p[0] + 1.5 * p[1] - 1.5 * p[2] + 0.5 * p[3];
  double b = p[0] - 2.5 * p[1] + 2.0 * p[2] - 0.5 * p[3];
  double c = 0.5 * (p[2] - p[0]);
  return ((a * t + b) * t + c) * t + p[1];
}

void basalt_bezier(const double *in, double *work, double t, u32 n) {
  for (u32 i = 0; i < 2 * n; i++) work[i] = in[i];
  for (u32 k = n - 1; k > 0; k--) {
    for (u32 i = 0; i < k; i++) {
      work[2 * i] += t * (work[2 * i + 2] - work[2 * i]);
      work[2 * i + 1] += t * (work[2 * i + 3] - work[2 * i + 1]);
    }
  }
}

i64 basalt_turn(const i32 *p, u32 a, u32 b, u32 c) {
  i64 ux = p[2 * b] - p[2 * a], uy = p[2 * b + 1] - p[2 * a + 1];
  i64 vx = p[2 * c] - p[2 * a], vy = p[2 * c + 1] - p[2 * a + 1];
  return ux * vy - uy * vx;
}

u32 basalt_hull(const i32 *p, u32 n, u8 *out) {
  u32 first = 0, count = 0;
  for (u32 i = 1; i < n; i++) {
    if (p[2 * i] < p[2 * first] || (p[2 * i] == p[2 * first] && p[2 * i + 1] < p[2 * first + 1])) first = i;
  }
  u32 at = first;
  do {
    out[count++] = (u8)at;
    u32 next = at == 0 ? 1 : 0;
    for (u32 i = 0; i < n; i++) {
      if (i == at || i == next) continue;
      i64 turn = basalt_turn(p, at, next, i);
      if (turn < 0) next = i;
    }
    at = next;
  } while (at != first && count < n);
  return count;
}

u64 basalt_area(const i32 *p, const u8 *order, u32 n) {
  i64 twice = 0;
  for (u32 i = 0; i < n; i++) {
    u32 a = order[i], b = order[i + 1 == n ? 0 : i + 1];
    twice += (i64)p[2 * a] * p[2 * b + 1] - (i64)p[2 * b] * p[2 * a + 1];
  }
  return (u64)(twice < 0 ? -twice : twice);
}

double basalt_integrate(const double *c, double from, double to, u32 steps) {
  double h = (to - from) / steps, sum = 0;
  for (u32 i = 0; i <= steps; i++) {
    double x = from + h * i;
    double y = ((c[3] * x + c[2]) * x + c[1]) * x + c[0];
    sum += y * (i == 0 || i == steps ? 1 : i & 1 ? 4 : 2);
  }
  return sum * h / 3;
}

double basalt_bisect(const double *c, double low, double high) {
  for (u32 i = 0; i < 60; i++) {
    double middle = 0.5 * (low + high);
    double y = ((c[3] * middle + c[2]) * middle + c[1]) * middle + c[0];
    if (y > 0) high = middle;
    else low = middle;
  }
  return low;
}

u32 basalt_gauss(double *m, u32 n) {
  u32 swaps = 0;
  for (u32 k = 0; k < n; k++) {
    u32 pivot = k;
    for (u32 r = k + 1; r < n; r++) {
      double a = m[r * (n + 1) + k], b = m[pivot * (n + 1) + k];
      if ((a < 0 ? -a : a) > (b < 0 ? -b : b)) pivot = r;
    }
    if (pivot != k) {
      swaps++;
      for (u32 c = 0; c <= n; c++) {
        double t = m[k * (n + 1) + c];
        m[k * (n + 1) + c] = m[pivot * (n + 1) + c];
        m[pivot * (n + 1) + c] = t;
      }
    }
    for (u32 r = 0; r < n; r++) {
      if (r == k) continue;
      double factor = m[r * (n + 1) + k] / m[k * (n + 1) + k];
      for (u32 c = k; c <= n; c++) m[r * (n + 1) + c] -= factor * m[k * (n + 1) + c];
    }
  }
  return swaps;
}

u64 basalt_curves(Work *w, u64 seed) {
  u64 point = ((seed & 0xfff) + 3) << 32 | ((seed >> 12 & 0xfff) + 5);
  u64 sum = basalt_point_times(point, (u32)(seed % 4093) + 2);
  u32 state = (u32)seed | 1;
  for (u32 i = 0; i < 256; i++) w->words[i] = basalt_noise(&state) % 257;
  sum = sum * 3 + basalt_poly_multiply(w->words, w->words + 24, w->words + 256, 24);
  for (u32 i = 0; i < 100; i++) w->bytes[i] = (u8)w->words[i];
  sum += basalt_syndromes(w->bytes, 100, w->other) * 7ul;
  sum ^= basalt_sum(w->other, 8);
  for (u32 i = 0; i < 40; i++) w->reals[i] = (double)(i32)(w->words[i] % 64) - 20.0;
  double r = basalt_spline(w->reals, 0.375);
  basalt_bezier(w->reals, w->reals + 64, 0.625, 6);
  r += w->reals[64] + w->reals[65];
  for (u32 i = 0; i < 80; i++) w->cells[i] = (i32)(w->words[i] % 128) - 64;
  u32 n = basalt_hull(w->cells, 40, w->other);
  sum = sum * 5 + basalt_area(w->cells, w->other, n) + n;
  double c[4] = {-3.0, 0.5, 0.25, 0.125};
  r += basalt_integrate(c, -1.0, 3.0, 32) + basalt_bisect(c, 0.0, 10.0);
  for (u32 i = 0; i < 20; i++) w->reals[i] = (double)(w->words[i] % 31) + (i % 6 == 0 ? 40.0 : 1.0);
  sum += basalt_gauss(w->reals, 4);
  return sum + (u64)(i64)(r * 64.0 + 0.25) + (u64)(i64)(w->reals[4] / w->reals[0] * 64.0);
}
