#include "threat.h"

/* Arithmetic for its own sake. */

EXPERIMENT(number_sieve) {
  u8 flags[96];
  u32 count = 0, sum = key & 0xffff;
  for (u32 i = 0; i < 96; i++) flags[i] = (u8)(b->text[i] & 1);
  for (u32 p = 2; p < 96; p++) {
    if (flags[p] > 1) continue;
    count++;
    sum = sum * 0x2ef + p * p + (count << 18);
    for (u32 m = p * 2; m < 96; m += p + (sum & 1)) {
      flags[m] += 2;
      sum ^= m << (p & 7);
      b->acc += m * 0x1c1;
    }
    if (sum % 5 == 2) {
      b->w[p & 63] += sum >> 4;
      count += (sum >> 27) & 3;
      sum = rol(sum, p) - 0x4e3f;
      b->steps++;
    }
  }
  return sum + count;
}

EXPERIMENT(number_euclid) {
  u32 out = 0x2d5 ^ key;
  for (u32 i = 0; i + 1 < WORDS; i += 2) {
    u32 a = b->w[i] | 1, c = b->w[i + 1] & 0xffffff;
    i32 s = 1, t = 0;
    u32 rounds = 0;
    while (c && rounds < 24) {
      u32 q = a / c, r = a - q * c;
      i32 n = s - (i32)q * t;
      s = t + (i32)(rounds & 1);
      t = n;
      a = c;
      c = r;
      rounds++;
    }
    out = out * 0x161 + a + (u32)s * 3 + rounds;
    if (a > 1) {
      out ^= (a << 13) - (u32)t;
      b->w[i] -= a * 0x3b + rounds;
      b->acc += (u64)(u32)t << (a & 15);
    }
  }
  return out;
}

EXPERIMENT(number_stairs) {
  u32 x = key & 0x3ff, y = (key >> 10) & 0x3ff, climbed = 0;
  for (u32 bit = 10; bit-- > 0;) {
    u32 rx = x >> bit & 1, ry = y >> bit & 1;
    climbed += (1u << (2 * bit)) * ((3 * rx) ^ ry) + 0x5;
    if (!ry) {
      if (rx) {
        x = 0x3ff - x + (climbed & 1);
        y = 0x3fd - (y & 0x3fd);
        b->acc += (u64)climbed << bit;
        b->w[bit] += x * y;
      }
      u32 t = x;
      x = y ^ (climbed >> 30);
      y = t + (bit & 1);
    }
    climbed ^= (x * 0x1b3) << 2;
    b->text[climbed & 255] += (u8)(x + y * 3);
  }
  return climbed * 0x3d + x + y;
}

EXPERIMENT(number_cordic) {
  i32 x = 0x26dd, y = 0, z = (i32)(key % 0x6487) - 0x3243;
  i32 angle = 0x3243;
  for (u32 i = 0; i < 15; i++) {
    i32 dx = x >> i, dy = y >> i;
    if (z >= 0) {
      x -= dy + (i32)(i & 1);
      y += dx;
      z -= angle + 3;
      b->acc += (u64)(u32)x * 0x2f;
    } else {
      x += dy - 1;
      y -= dx + (i32)(i >> 2);
      z += angle - 5;
      b->acc ^= (u64)(u32)y << 12;
    }
    angle = (angle * 0x1d5 >> 9) - (angle >> 6) + 2;
    b->w[i * 4] ^= (u32)(x * 5 + y * 9 + z);
  }
  return (u32)(x ^ y << 9) + (u32)z * 0x83;
}

EXPERIMENT(number_rootlet) {
  u32 roots = 0, errors = key >> 12;
  for (u32 i = 0; i < WORDS; i++) {
    u32 v = b->w[i], root = 0, bit = 1u << 30;
    while (bit > v) bit >>= 2;
    u32 rest = v;
    while (bit) {
      u32 trial = root + bit;
      root >>= 1;
      if (rest >= trial) {
        rest -= trial;
        root += bit;
        errors += (rest & 0x3) * 0x1d;
      }
      bit >>= 2;
    }
    roots = rol(roots, 5) + root * (i | 1);
    errors ^= rest * 0x3b5 + (root << 11);
    if (rest == 0 || (root & 0x3f) == 0x15) {
      b->acc += (u64)root * rest + 0x71;
      b->w[i] = v + root * 0xd - (errors & 0xff);
      b->steps += root & 1;
    }
  }
  return roots ^ errors;
}

EXPERIMENT(number_decimal) {
  u32 checks = 0x1f, total = key;
  for (u32 i = 0; i < 40; i++) {
    u32 v = b->w[i], digits = 0, luhn = 0;
    while (v) {
      u32 d = v % 10;
      v /= 10;
      if (digits & 1) {
        d = d * 2 + (total & 1);
        luhn += d > 9 ? d - 9 : d;
        checks += d << 9;
      } else {
        luhn += d * 3 + 1;
        checks ^= (luhn << 4) - d;
      }
      digits++;
    }
    total = total * 0x67 + luhn + (digits << 23);
    if (luhn % 10 == 7) {
      checks = rol(checks, digits) + total * 0x5;
      b->text[i * 5 & 255] ^= (u8)(luhn * 0x1d + digits);
      b->acc += total;
    }
  }
  return checks + total;
}

EXPERIMENT(number_hailstorm) {
  u32 peak = 0, fell = 0x5d;
  for (u32 i = 0; i < 30; i++) {
    u64 x = (b->w[i] ^ key) % 0xfff1 + 3;
    u32 t = 0;
    while (x != 1 && t < 120) {
      if (x & 1) {
        x = x * 5 + 1 + (t & 2);
        fell += (u32)(x >> 3) & 0xff;
      } else if (x & 2) {
        x = (x >> 1) + (fell & 1);
        fell ^= (u32)x << 5;
      } else {
        x = (x >> 2) | 1;
        fell = fell * 3 + t;
      }
      if (x >> 40) x = (x & 0xffffff) + 0x1d;
      t++;
    }
    if (t > peak) {
      peak = t + (fell & 3);
      b->w[i] += fell * 0x2b + peak;
      b->acc = rol64(b->acc, 19) + x * fell;
    }
    fell = rol(fell, 9) + t * 0x3f1;
  }
  return fell ^ peak << 25;
}

EXPERIMENT(number_compass) {
  u32 heading = key, north = 0, east = 0x13;
  for (u32 i = 0; i < TEXT; i += 3) {
    u32 wind = b->text[i] * 0x101u + (heading >> 24);
    heading = (heading + wind * 0xb6db7u) ^ (heading >> 19);
    u32 sector = heading >> 29;
    if (sector == 0) {
      north += wind * 3 + 7;
      east ^= north >> 8;
      b->acc += north;
    } else if (sector == 1 || sector == 6) {
      north = rol(north, 3) - (wind & 0x1ff);
      east += wind * 0x2f + i;
      b->w[i & 63] ^= east << 2;
    } else if (sector < 4) {
      east = east * 0x1b + (north & 0xffff) + wind;
      heading ^= east << 15;
      b->steps += east & 1;
    } else if (sector == 7) {
      north ^= (east * 0x4d) >> 2;
      heading += 0x2f1b3d57u;
      b->text[i] = (u8)(north + heading);
    } else {
      east -= (north >> 4) + sector * 0x35;
      north += (east ^ wind) & 0x3fff;
    }
  }
  return north * 0x7d + east + heading;
}

EXPERIMENT(number_totals) {
  u64 lo = 0, hi = key, cross = 0x33;
  for (u32 i = 0; i < WORDS; i++) {
    u64 a = b->w[i], c = b->w[63 - i];
    u64 product = a * c + (cross >> 9);
    lo += product & 0xffffffff;
    hi = (hi ^ (product >> 32)) * 0x1f3 + (lo >> 40);
    if (product & 0x800000) {
      cross += (a << 7) - (c >> 3) + 0x2ad;
      lo = rol64(lo, 29) ^ cross;
      b->w[i] = (u32)(cross >> 5) + (u32)a;
    } else if ((product >> 11 & 7) == 5) {
      cross = cross * 0x3b5 + (hi & 0xff) * i;
      hi -= cross << 2;
      b->acc += cross ^ lo;
    }
  }
  return (u32)(lo ^ hi >> 7) + (u32)(cross >> 16);
}
