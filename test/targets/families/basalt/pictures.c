/* Basalt, part 1: pictures in a 64 x 64 byte raster: lines, circles, fills, filters, colours, mazes. */
#include "basalt.h"
#define SIDE 64

void basalt_line(u8 *p, i32 x0, i32 y0, i32 x1, i32 y1, u8 ink) {
  i32 dx = x1 > x0 ? x1 - x0 : x0 - x1, dy = y1 > y0 ? y0 - y1 : y1 - y0;
  i32 sx = x0 < x1 ? 1 : -1, sy = y0 < y1 ? 1 : -1, error = dx + dy;
  for (;;) {
    p[(y0 & 63) * SIDE + (x0 & 63)] = ink;
    if (x0 == x1 && y0 == y1) break;
    i32 twice = 2 * error;
    if (twice >= dy) {
      error += dy;
      x0 += sx;
    }
    if (twice <= dx) {
      error += dx;
      y0 += sy;
    }
  }
}

void basalt_circle(u8 *p, i32 cx, i32 cy, i32 r, u8 ink) {
  i32 x = r, y = 0, error = 1 - r;
  while (x >= y) {
    p[((cy + y) & 63) * SIDE + ((cx + x) & 63)] = ink;
    p[((cy + x) & 63) * SIDE + ((cx + y) & 63)] = ink;
    p[((cy + x) & 63) * SIDE + ((cx - y) & 63)] = ink;
    p[((cy + y) & 63) * SIDE + ((cx - x) & 63)] = ink;
    p[((cy - y) & 63) * SIDE + ((cx - x) & 63)] = ink + 1;
    p[((cy - x) & 63) * SIDE + ((cx - y) & 63)] = ink + 1;
    p[((cy - x) & 63) * SIDE + ((cx + y) & 63)] = ink + 1;
    p[((cy - y) & 63) * SIDE + ((cx + x) & 63)] = ink + 1;
    y++;
    if (error < 0) {
      error += 2 * y + 1;
    } else {
      x--;
      error += 2 * (y - x) + 1;
    }
  }
}

u32 basalt_fill(u8 *p, u32 start, u8 ink, u32 *stack, u32 room) {
  u32 n = 0, painted = 0;
  u8 old = p[start];
  if (old == ink) return 0;
  stack[n++] = start;
  while (n > 0) {
    u32 at = stack[--n];
    if (p[at] != old) continue;
    p[at] = ink;
    painted++;
    if (n + 4 > room) continue;
    if (at % SIDE != 0) stack[n++] = at - 1;
    if (at % SIDE != SIDE - 1) stack[n++] = at + 1;
    if (at >= SIDE) stack[n++] = at - SIDE;
    if (at < SIDE * (SIDE - 1)) stack[n++] = at + SIDE;
  }
  return painted;
}

void basalt_blur(const u8 *in, u8 *out) {
  for (u32 y = 1; y < SIDE - 1; y++) {
    for (u32 x = 1; x < SIDE - 1; x++) {
      const u8 *c = in + y * SIDE + x;
      u32 corners = c[-SIDE - 1] + c[-SIDE + 1] + c[SIDE - 1] + c[SIDE + 1];
      u32 sides = c[-SIDE] + c[-1] + c[1] + c[SIDE];
      out[y * SIDE + x] = (u8)((corners + sides * 2 + c[0] * 4u + 8) >> 4);
    }
  }
}

u32 basalt_edges(const u8 *in, u8 *out, u32 threshold) {
  u32 count = 0;
  for (u32 y = 1; y < SIDE - 1; y++) {
    for (u32 x = 1; x < SIDE - 1; x++) {
      const u8 *c = in + y * SIDE + x;
      i32 gx = c[-SIDE + 1] + 2 * c[1] + c[SIDE + 1] - c[-SIDE - 1] - 2 * c[-1] - c[SIDE - 1];
      i32 gy = c[SIDE - 1] + 2 * c[SIDE] + c[SIDE + 1] - c[-SIDE - 1] - 2 * c[-SIDE] - c[-SIDE + 1];
      u32 size = (u32)((gx < 0 ? -gx : gx) + (gy < 0 ? -gy : gy));
      if (size > threshold) {
        out[y * SIDE + x] = (u8)(size >> 2);
        count += x ^ y;
      } else {
        out[y * SIDE + x] = 0;
      }
    }
  }
  return count;
}

void basalt_dither(u8 *p) {
  for (u32 y = 0; y < SIDE; y++) {
    for (u32 x = 0; x < SIDE; x++) {
      i32 old = p[y * SIDE + x], now = old > 127 ? 255 : 0, rest = old - now;
      p[y * SIDE + x] = (u8)now;
      if (x + 1 < SIDE) {
        i32 v = p[y * SIDE + x + 1] + rest * 7 / 16;
        p[y * SIDE + x + 1] = (u8)(v < 0 ? 0 : v > 255 ? 255 : v);
      }
      if (y + 1 < SIDE) {
        i32 v = p[(y + 1) * SIDE + x] + rest * 5 / 16;
        p[(y + 1) * SIDE + x] = (u8)(v < 0 ? 0 : v > 255 ? 255 : v);
      }
    }
  }
}

u32 basalt_colour(u32 hue, u32 strength, u32 light) {
  u32 sector = hue / 43 % 6, rest = (hue - sector * 43) * 6;
  u32 p = light * (255 - strength) >> 8;
  u32 q = light * (255 - (strength * rest >> 8)) >> 8;
  u32 t = light * (255 - (strength * (255 - (rest & 255)) >> 8)) >> 8;
  switch (sector) {
    case 0: return light << 16 | t << 8 | p;
    case 1: return q << 16 | light << 8 | p;
    case 2: return p << 16 | light << 8 | t;
    case 3: return p << 16 | q << 8 | light;
    case 4: return t << 16 | p << 8 | light;
    default: return light << 16 | p << 8 | q;
  }
}

u32 basalt_maze(u8 *cells, u32 state, u32 *stack) {
  u32 n = 0, carved = 0, at = 33 * 2;
  for (u32 i = 0; i < 1024; i++) cells[i] = 0;
  stack[n++] = at;
  cells[at] = 16;
  while (n > 0) {
    at = stack[n - 1];
    u32 x = at & 31, y = at >> 5, turn = basalt_noise(&state) & 3, moved = 0;
    for (u32 k = 0; k < 4 && !moved; k++) {
      u32 way = (turn + k) & 3, to = at;
      if (way == 0 && x > 0) to = at - 1;
      if (way == 1 && x < 31) to = at + 1;
      if (way == 2 && y > 0) to = at - 32;
      if (way == 3 && y < 31) to = at + 32;
      if (to == at || cells[to] != 0) continue;
      cells[at] |= (u8)(1u << way);
      cells[to] = (u8)(16 | 1u << (way ^ 1));
      stack[n++] = to;
      carved += way * 5 + 1;
      moved = 1;
    }
    if (!moved) n--;
  }
  return carved;
}

void basalt_scale(const u8 *in, u8 *out, u32 from, u32 to) {
  for (u32 y = 0; y < to; y++) {
    u32 fy = y * (from - 1) * 256 / (to - 1), y0 = fy >> 8, wy = fy & 255;
    u32 y1 = y0 + 1 < from ? y0 + 1 : y0;
    for (u32 x = 0; x < to; x++) {
      u32 fx = x * (from - 1) * 256 / (to - 1), x0 = fx >> 8, wx = fx & 255;
      u32 x1 = x0 + 1 < from ? x0 + 1 : x0;
      u32 top = in[y0 * SIDE + x0] * (256 - wx) + in[y0 * SIDE + x1] * wx;
      u32 low = in[y1 * SIDE + x0] * (256 - wx) + in[y1 * SIDE + x1] * wx;
      out[y * to + x] = (u8)((top * (256 - wy) + low * wy) >> 16);
    }
  }
}

u32 basalt_histogram(u8 *p, u32 size, u32 *bins) {
  for (u32 i = 0; i < 256; i++) bins[i] = 0;
  for (u32 i = 0; i < size; i++) bins[p[i]]++;
  u32 sum = 0, used = 0;
  for (u32 i = 0; i < 256; i++) {
    sum += bins[i];
    used += bins[i] != 0;
    bins[i] = sum * 255 / size;
  }
  for (u32 i = 0; i < size; i++) p[i] = (u8)bins[p[i]];
  return used;
}

u32 basalt_distance_map(u8 *p) {
  u32 furthest = 0;
  for (u32 i = 0; i < SIDE * SIDE; i++) {
    u32 d = p[i] > 100 ? 0 : 250;
    if (d && i % SIDE && p[i - 1] + 1u < d) d = p[i - 1] + 1u;
    if (d && i >= SIDE && p[i - SIDE] + 1u < d) d = p[i - SIDE] + 1u;
    p[i] = (u8)d;
  }
  for (u32 i = SIDE * SIDE; i-- > 0;) {
    u32 d = p[i];
    if (i % SIDE != SIDE - 1 && p[i + 1] + 1u < d) d = p[i + 1] + 1u;
    if (i + SIDE < SIDE * SIDE && p[i + SIDE] + 1u < d) d = p[i + SIDE] + 1u;
    p[i] = (u8)d;
    if (d > furthest && d < 250) furthest = d;
  }
  return furthest;
}

u64 basalt_pictures(Work *w, u64 seed) {
  u32 state = (u32)seed | 1;
  for (u32 i = 0; i < 4096; i++) w->bytes[i] = (u8)(basalt_noise(&state) & 15);
  for (i32 i = 0; i < 9; i++) basalt_line(w->bytes, i * 3, 5, 60 - i, 50 + i, (u8)(90 + i * 7));
  basalt_circle(w->bytes, 30, 30, 21, 200);
  u64 sum = basalt_fill(w->bytes, 20 * SIDE + 30, 0x7c, w->words, 1000);
  basalt_blur(w->bytes, w->other);
  sum = sum * 3 + basalt_edges(w->other, w->bytes, 60);
  sum = sum * 5 + basalt_histogram(w->bytes, 4096, w->words);
  basalt_dither(w->bytes);
  sum ^= basalt_sum(w->bytes, 4096);
  for (u32 i = 0; i < 258; i += 3) sum = sum * 7 + basalt_colour(i & 255, 180, (u32)(i ^ seed) & 255);
  sum += basalt_distance_map(w->bytes);
  basalt_scale(w->bytes, w->other, 40, 57);
  sum ^= basalt_sum(w->other, 57 * 57);
  return sum + basalt_maze(w->bytes, (u32)seed | 3, w->words);
}
