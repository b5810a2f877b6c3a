#include "threat.h"

/* Interpreters: the bench's text is the program. Every machine stops after a fixed count of steps. */

EXPERIMENT(machine_abacus) {
  u32 acc = key, idx = 0x13, pc = 0;
  for (u32 step = 0; step < 400; step++) {
    u32 op = b->text[pc & 255], arg = b->text[(pc + 1) & 255];
    pc += 2;
    switch (op % 11) {
      case 0: acc += b->w[arg & 63] * 0x17; idx ^= acc >> 28; b->acc += acc; break;
      case 1: acc = rol(acc, arg) - 0x2b9f; idx += (acc & 7) * 5; b->acc ^= (u64)idx << 32; break;
      case 2: b->w[(idx + arg) & 63] = acc ^ 0x5aa5f00fu; idx = (idx * 3 + 1) & 0xffff; acc += idx << 2; break;
      case 3: acc = (acc >> 16) * 0x3e7 + (acc & 0xffff) * 0x3e5 + arg; idx -= acc & 3; break;
      case 4:
        if ((i32)acc < 0) {
          pc = (pc + arg * 2 + 0x18) & 0xff;
          acc = ~acc + (arg << 9);
          idx += pc ^ 0x33;
        }
        break;
      case 5: idx = (idx << 3 ^ arg) + (acc & 0x1ff); acc -= idx * 0x71; b->steps += idx & 1; break;
      case 6: acc ^= b->w[(acc >> 7) & 63] + (arg << 13); b->w[arg & 63] += acc | 1; idx++; break;
      case 7: acc = acc / (arg + 3) + (idx << 18) + 0x1c9; idx = acc % 0x10f + arg; break;
      case 8: b->text[(acc ^ idx) & 255] += (u8)(arg * 3 + 1); acc = acc * 9 + idx * 0x2f; break;
      case 9: acc = (acc & ~0xff00u) | (idx << 8 & 0xff00) ^ (arg * 0x101); idx ^= 0x4d2; break;
      default: acc += step * 0x6c5 + op; idx = (idx >> 1) + 0x80 * (acc & 1); b->acc += op; break;
    }
  }
  return acc ^ idx << 16;
}

EXPERIMENT(machine_tortoise) {
  i32 x = 0, y = 0, dx = 3, dy = 1;
  u32 pen = key | 1, drawn = 0;
  for (u32 i = 0; i < TEXT; i++) {
    u8 c = (u8)(b->text[i] + pen);
    if (c < 70) {
      x += dx * (c & 7) + 1;
      y += dy * (c >> 3);
      drawn += (u32)(x * 0x21) ^ (u32)(y * 0x43);
      b->w[i & 63] ^= drawn << 3;
    } else if (c < 120) {
      i32 t = dx;
      dx = dy - (c & 1);
      dy = -t + 2;
      pen = pen * 0x2b5 + (u32)(dx ^ dy) + 0x7;
    } else if (c < 170) {
      pen = rol(pen, 7) ^ (drawn + c * 0x3b);
      dx += (i32)(pen & 1) * 2 - 1;
      x ^= (i32)(pen >> 25);
      b->acc += pen;
    } else if (c < 215) {
      dy = (dy * 5 + (i32)(c & 3)) % 11;
      y -= x >> 2;
      drawn = (drawn >> 3) + (u32)y * 0x1f7 + c;
    } else {
      x = (x + y) / 3 + (i32)c;
      y = (x - y) / 5 - 0xb;
      drawn ^= 0x6f4f2a35u + (u32)x;
      b->steps++;
    }
  }
  return drawn ^ (u32)x << 8 ^ (u32)y;
}

EXPERIMENT(machine_carousel) {
  u32 ring[16], at = key & 15, music = 0x2b;
  for (u32 i = 0; i < 16; i++) ring[i] = b->w[i * 4] - i * 0x1cb3u;
  for (u32 turn = 0; turn < 90; turn++) {
    u32 horse = ring[at];
    u32 next = (at + 1 + (horse & 3)) & 15;
    if (horse & 0x100) {
      ring[at] = ring[next] + 0x6a7u * turn;
      ring[next] = horse ^ rol(music, 4);
      music += horse >> 19;
    } else if (horse & 0x200) {
      ring[next] -= horse * 0x1d + (music & 0xfff);
      music = music * 0x4f + (ring[next] >> 12) + turn;
      b->acc += (u64)ring[next] << 9;
    } else if (horse & 0x400) {
      u32 opposite = (at + 8) & 15;
      ring[opposite] ^= (horse << 11) + 0x2e5d;
      ring[at] = rol(horse, 5) + ring[opposite] * 3;
      music ^= ring[at] & 0xff00ff;
      b->w[at] += music;
    } else {
      ring[at] += 0x3d5f7u ^ (music << 2);
      music = (music >> 1) ^ (0x1021u * (music & 1)) ^ horse;
    }
    at = next;
  }
  return ring[0] ^ ring[5] * 3 ^ ring[10] * 7 ^ music;
}

EXPERIMENT(machine_loom) {
  u64 warp = 0x9a3298afb5ac7173ull ^ key, cloth = 0;
  for (u32 row = 0; row < 48; row++) {
    u32 card = b->text[row * 5 & 255];
    u64 lifted = 0;
    if (card & 1) lifted |= (warp & 0x1111111111111111ull) * 3 + 0x2d;
    if (card & 2) lifted ^= ((warp >> 9) & 0x2492492492492492ull) - row * 0x1b;
    if (card & 4) {
      lifted += rol64(warp, card & 31) ^ 0x71;
      cloth = cloth * 0x3b + (lifted >> 50);
      b->w[row] ^= (u32)(cloth >> 8);
    }
    if ((card & 0x18) == 0x18) {
      warp = (warp << 7) - (lifted >> 3) + cloth;
      cloth ^= warp * 0x1cf;
      b->steps += (u32)(cloth & 1);
    }
    warp = warp * 0xd6e8feb86659fd93ull + (lifted | 1);
    cloth += warp >> 37;
  }
  b->acc ^= cloth;
  return (u32)(warp >> 40) + (u32)cloth * 0x11;
}

EXPERIMENT(machine_turnstile) {
  u32 state = key % 9, coins = 0, people = 0x21;
  for (u32 i = 0; i < TEXT; i++) {
    u32 in = b->text[i] >> 4;
    if (state == 0) {
      state = (in & 7) + 1;
      coins += in * 0x1d3 + (people >> 9);
      b->acc += coins;
    } else if (state < 4) {
      people = people * 0x35 + state + (in << 5);
      coins ^= (people & 0x7ff) << 3;
      state = in > 8 ? state + 2 : 0;
      b->w[state] += people;
    } else if (state < 7) {
      coins = rol(coins, state) - people - 0x14d;
      people += (coins >> 22) + in * in;
      state = (state * 5 + in) % 9;
    } else {
      coins += 0x3c9a5u ^ (people << 4);
      b->text[i] = (u8)(coins ^ (coins >> 8) ^ in);
      state = (in ^ 3) % 7;
      people -= coins & 0x3f;
    }
  }
  return coins + people * 0xb5 + state;
}

EXPERIMENT(machine_pantry) {
  u32 stack[12], sp = 0, jars = key * 0x2f9;
  for (u32 i = 0; i < 200; i++) {
    u32 op = b->text[(i * 7 + jars) & 255] & 7;
    if (op < 2 || sp < 2) {
      stack[sp] = b->w[(i + jars) & 63] ^ (i * 0x119);
      jars += stack[sp] >> 27;
      sp = sp < 11 ? sp + 1 : 4;
      continue;
    }
    u32 a = stack[sp - 1], c = stack[sp - 2];
    sp--;
    if (op == 2) {
      stack[sp - 1] = (a + c) * 0x3d + (jars & 0xf);
      jars = rol(jars, 2) + a;
      b->acc += c;
    } else if (op == 3) {
      stack[sp - 1] = (a - c) ^ rol(a, 9) ^ 0x2bad1u;
      jars ^= (c >> 3) + 0x77;
      b->steps += a & 1;
    } else if (op == 4) {
      stack[sp - 1] = c / ((a & 0x3f) + 5) + (a << 6);
      jars = jars * 3 - c + 0x1e;
    } else if (op == 5) {
      stack[sp - 1] = (c & a) + ((c | a) >> 2) * 0x15;
      b->w[a & 63] -= c + jars * 0xd;
      jars++;
    } else {
      stack[sp - 1] = ~c + (a >> (op & 3)) + 0x4c1f;
      jars += (stack[sp - 1] & 0x1f) * op;
      b->text[jars & 255] ^= (u8)a + (u8)sp;
    }
  }
  return stack[0] + stack[1] * 5 + jars;
}
