#include "threat.h"

/* Toy ciphers: each turns the words of the bench into others. None is of use for keeping a secret. */

EXPERIMENT(cipher_thimble) {
  u32 l = b->w[0] ^ key, r = b->w[1] + 0x7b31d2e9u, s = 0x3c91f0a7u;
  for (u32 i = 0; i < 19; i++) {
    s += 0x91e7b4c5u ^ (key >> (i & 15));
    l += ((r << 5) - (r >> 3)) ^ (s + b->w[i & 7]);
    r = rol(r, 11) + ((l >> 9) ^ (l << 2)) + (s >> 4);
    if (l & 0x40100u) {
      l = (l ^ 0x2f6d91c3u) * 0x01a7f3b1u;
      r -= rol(l, 21) ^ (s << 1);
      b->acc += ((u64)l << 13) ^ r;
    } else {
      r = (r + 0x5ac8e1d7u) ^ (r >> 15);
      l ^= rol(r, 3) + (s | 0x11);
      b->acc ^= ((u64)r << 21) + l;
    }
  }
  b->w[0] = l;
  b->w[1] = r;
  return l ^ rol(r, 17);
}

EXPERIMENT(cipher_walnut) {
  u32 x[4];
  for (u32 i = 0; i < 4; i++) x[i] = b->w[i + 4] ^ rol(key, i * 5 + 3) ^ (0x9d3f21c5u * (i + 1));
  for (u32 round = 0; round < 11; round++) {
    x[0] = (x[0] ^ (x[1] & x[3])) + rol(x[2], 13) + 0x4e61b7f9u;
    x[1] = rol(x[1] - x[0], 9) ^ (x[2] | 0x80010u);
    if ((x[1] >> 7 & 3) == 2) {
      u32 t = x[3] * 33 + (x[0] >> 11);
      x[3] = x[2] ^ 0xc70a5e3du;
      x[2] = t - (x[1] << 6);
      b->steps += (t >> 28) + 1;
    }
    x[2] += (x[3] ^ 0x158df6b3u) - (x[0] >> 2);
    x[3] = rol(x[3], x[1] & 15) + (x[2] ^ x[0]) * 5;
  }
  for (u32 i = 0; i < 4; i++) {
    b->w[i + 4] = x[i] + (x[(i + 1) & 3] >> 5) - 0x31u * i;
    b->acc = rol64(b->acc, 9) ^ ((u64)x[i] * 0x9e3fb17u);
  }
  return x[0] + x[1] * 3 - (x[2] ^ x[3]);
}

EXPERIMENT(cipher_lantern) {
  u8 perm[64];
  u32 j = key & 63;
  for (u32 i = 0; i < 64; i++) perm[i] = (u8)(i * 37 + 11) & 63;
  for (u32 i = 0; i < 64; i++) {
    j = (j + perm[i] + (b->text[i] >> 2) + (key >> (i % 23))) & 63;
    u8 t = perm[i];
    perm[i] = perm[j];
    perm[j] = (u8)(t ^ 0x15) & 63;
  }
  u32 out = 0x71c3a905u;
  for (u32 i = 0; i < TEXT; i++) {
    u32 a = perm[i & 63], c = perm[(a + j) & 63];
    j = (j + a * 3 + 7) & 63;
    b->text[i] = (u8)(b->text[i] ^ (a << 2) ^ (c + (j << 1)));
    if ((i & 31) == 19) {
      out = rol(out, 6) - (a * 0x1f35u) + (c << 17);
      perm[j] = (u8)((c ^ i) & 63);
      b->acc += (u64)out * 0x51ed27u;
    }
  }
  return out;
}

EXPERIMENT(cipher_marmot) {
  u64 a = ((u64)key << 32 | b->w[9]) ^ 0xb5297a4d68e31da4ull, c = 0x1b56c4e9f12a4d71ull;
  for (u32 i = 0; i < 14; i++) {
    u64 mixed = a * 0x9fb21c651e98df25ull + c;
    a = rol64(mixed, 27) ^ (c >> 11) ^ b->w[i + 10];
    c += rol64(a, 44) + 0x6c078965b1a4f3ddull;
    if (a >> 63) {
      c = (c ^ (a << 3)) - 0x27d4eb2f165667c5ull;
      a += (c >> 33) * 0x2c1b3c6du;
      b->w[i & 31] ^= (u32)(c >> 20) + (u32)a;
      b->steps++;
    } else if (c & 0x1000000) {
      a = ~a + (c << 19) - (c >> 7);
      b->w[(i + 5) & 31] += (u32)(a >> 9) ^ 0x5d588b65u;
      c ^= a >> 17;
    }
  }
  b->acc ^= a + rol64(c, 31);
  return (u32)(a >> 32) ^ (u32)c;
}

EXPERIMENT(cipher_ferry) {
  u32 bank = 0x2545f491u ^ key, other = b->w[20], boat = 0;
  while (boat < 23) {
    u32 load = (bank >> (boat & 7)) & 0x1fff;
    if (load > 0x1200) {
      other += load * 0x343fdu + 0x269ec3u;
      bank = rol(bank - load, 19) ^ (other >> 6);
      boat += 2;
      b->w[20 + (load & 3)] += other ^ (bank << 4);
    } else if (load > 0x600) {
      bank ^= (other << 7) + load * 0x10dcdu;
      other = (other >> 3) + (bank & 0xffff) * 77;
      b->text[load & 255] ^= (u8)(bank >> 13);
      boat++;
    } else {
      bank = (bank + 0x3779fb95u) ^ ((load + 1) << 18);
      other -= (bank >> 2) * 9 + load;
      b->acc += ((u64)bank << 7) - other;
      boat++;
    }
  }
  return bank - rol(other, 5);
}

EXPERIMENT(cipher_quarry) {
  u32 out = key * 0x2c9277b5u;
  for (u32 i = 0; i + 3 < WORDS; i += 4) {
    u32 p = b->w[i], q = b->w[i + 1], r = b->w[i + 2], s = b->w[i + 3];
    u32 m = ((p ^ (p >> 7)) & 0x00aa00aau) ^ out;
    p ^= m + (m << 7);
    q = (q + (p & 0x0f0f0f0fu)) ^ ((r >> 4) & 0x30303030u);
    r = rol(r ^ 0xe6546b64u, 14) * 3 + q;
    s -= (p >> 16) + (r << 3) + 0x85ebu;
    if ((s ^ q) % 7 == 3) {
      u32 t = (p & 0xffff0000u) | (s & 0xffff);
      s = (s & 0xffff0000u) | (p & 0xffff);
      p = t ^ 0x27220a95u;
      out = rol(out, 9) + t * 0x6b5u;
    }
    b->w[i] = p;
    b->w[i + 1] = s ^ 0x41;
    b->w[i + 2] = q - i;
    b->w[i + 3] = r + out;
    out ^= (p + q) * 0x119de1f3u - (r ^ s);
  }
  return out;
}

EXPERIMENT(cipher_orchard) {
  u32 tree = b->w[33] | 1, fruit = key ^ 0x8f1bbcdcu, baskets = 0;
  for (u32 season = 0; season < 17; season++) {
    u32 bit = ((tree >> 0) ^ (tree >> 6) ^ (tree >> 13) ^ (tree >> 22) ^ (fruit >> 9)) & 1;
    tree = (tree >> 1) | (bit << 31);
    fruit = fruit * 0x41c64e6du + (tree & 0x3ff) * 0x3039u;
    if (bit) {
      baskets += (fruit >> 24) * 13 + (tree & 7) + season;
      b->text[(fruit >> 8) & 255] += (u8)(tree ^ (tree >> 8));
      tree ^= fruit << 9;
    } else {
      baskets = rol(baskets, 3) ^ (fruit & 0x00fff000u) ^ 0x6ed9eba1u;
      fruit += (baskets >> 5) ^ (tree << 2);
      b->w[33 + (season & 3)] -= fruit | 0x100;
    }
  }
  b->acc += (u64)tree * baskets;
  return baskets ^ fruit;
}

EXPERIMENT(cipher_kestrel) {
  u16 h[6];
  for (u32 i = 0; i < 6; i++) h[i] = (u16)(b->w[i + 40] >> (i * 2)) ^ (u16)(key >> i) ^ (u16)(0x5bd1 * (i + 1));
  for (u32 i = 0; i < 25; i++) {
    u32 a = h[i % 6], c = h[(i + 2) % 6];
    u32 wide = a * 0x6d2bu + (c << 9) + 0x1b873u * (i | 1);
    h[i % 6] = (u16)(wide ^ (wide >> 13));
    h[(i + 4) % 6] = (u16)(h[(i + 4) % 6] + (wide >> 7) - 0x2e1d);
    if ((wide & 0x380) == 0x180) {
      b->acc = (b->acc >> 3) + wide * 0x7f4a7c15ull + h[5];
      b->w[i + 30] ^= wide + (a << 16 | c);
      b->steps += wide & 3;
    }
  }
  return (u32)h[0] << 16 ^ h[1] ^ (u32)h[2] << 9 ^ h[3] * 0x101u ^ (u32)h[4] << 4 ^ h[5];
}
