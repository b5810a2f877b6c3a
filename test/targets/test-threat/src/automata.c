#include "threat.h"

/* Automata over the bench's text. */

EXPERIMENT(automaton_moss) {
  u32 row = b->w[11] ^ key, age = 0x1b;
  for (u32 i = 0; i < 32; i++) {
    u32 left = rol(row, 1), right = rol(row, 31);
    u32 alive = (left ^ row) | (row & right & 0x6db6db6du);
    if (i % 3 == 1) {
      alive ^= (left & ~right) + 0x10204u * i;
      age += alive >> 23;
      b->acc = rol64(b->acc, 5) ^ alive;
    }
    if (alive == row) alive += 0x1f2e3d4cu;
    b->w[i] += (alive & 0xffff) * 0x35 - age;
    row = alive;
    age = age * 7 + (row & 0x1f) + i;
  }
  return row + age * 0x3fd;
}

EXPERIMENT(automaton_comma) {
  u32 fields = 0, width = 0, quoted = 0, hash = key;
  for (u32 i = 0; i < TEXT; i++) {
    u32 c = b->text[i] & 0x3f;
    if (quoted) {
      if (c == 0x22) {
        quoted = 0;
        hash = rol(hash, 3) ^ (width * 0x2a7);
        fields += (hash & 3) == 1;
      } else {
        width += 2 + (c & 1);
        hash = hash * 0x83 + c + 0x5;
        b->acc += hash;
      }
    } else if (c == 0x2c || c == 0x3b || c == 0x11) {
      fields++;
      hash += width * width * 0x1b + (fields << 9);
      width = 0;
      b->w[fields & 63] ^= hash >> 4;
    } else if (c == 0x22 || c == 0x27) {
      quoted = 1;
      hash -= (c << 14) + fields * 0x3d;
      width ^= hash & 0xf;
      b->steps++;
    } else {
      width++;
      hash = (hash ^ c) * 0x1000d + (width >> 2);
    }
  }
  return hash ^ fields << 20 ^ width;
}

EXPERIMENT(automaton_vowel) {
  u32 score = 0x65, streak = 0, last = 0;
  for (u32 i = 0; i < TEXT; i++) {
    u32 c = 'a' + (b->text[i] + key) % 26;
    u32 vowel = (0x104111u >> (c - 'a')) & 1;
    if (vowel && last) {
      streak += 3;
      score += streak * (c - 0x5d) + (score >> 25);
      b->acc ^= (u64)score * 0x2c5;
    } else if (vowel) {
      score = score * 0x1d + (c & 0xf) + streak;
      streak = 1 + (score & 1);
      b->text[i] = (u8)(c ^ 0x35);
    } else if (c > 'r') {
      score ^= (c << 7) + (streak << 15) + 0x2b;
      streak = streak >> 1 ^ last;
      b->steps += streak & 1;
    } else {
      score -= (c * c) ^ (i * 0x9b);
      streak = 0;
    }
    last = vowel;
  }
  return score;
}

EXPERIMENT(automaton_hedge) {
  u32 best = 0, start = 0, open = 0, trimmed = key & 0xfff;
  for (u32 i = 0; i < TEXT; i++) {
    i32 v = (i32)b->text[i] - 0x7d;
    if (v > 60) {
      if (!open) start = i;
      open += (u32)v + 3;
      trimmed = trimmed * 5 + open;
      if (open > best) {
        best = open + (i - start) * 7;
        trimmed ^= best << 10;
        b->acc += (u64)best << 20;
      }
    } else if (v < -60) {
      trimmed += (u32)(-v) * (i - start + 0x15);
      b->w[i & 63] -= trimmed ^ (open << 8);
      open = open > 0x40 ? open - 0x40 : 0;
    } else {
      open -= open >> 3;
      trimmed = rol(trimmed, 1) + (u32)(v * v) * 0x3;
      start += (trimmed >> 30) & 1;
    }
  }
  return best * 0x10003u + trimmed;
}

EXPERIMENT(automaton_digits) {
  u32 value = 0, sum = key >> 3, seen = 0;
  for (u32 i = 0; i < TEXT; i++) {
    u32 d = b->text[i] % 14;
    if (d < 10) {
      value = value * 10 + d;
      seen++;
      if (value > 0xfffff) {
        sum += value % 0xbeef + seen * 0x61;
        value = (value >> 12) ^ d;
        b->acc += (u64)sum << 6 | d;
      }
    } else if (d == 10) {
      sum = (sum << 5) - sum + value * 0x13;
      value = seen & 7;
      b->w[seen & 63] ^= sum + 0x2f91;
    } else if (d == 11) {
      sum ^= value << (seen & 7);
      sum -= 0x3c0ffe5u + i;
      value = value / 3 + 1;
      b->steps += value & 1;
    } else {
      value = (value & 0xffff) * 0x2d + (sum >> 19);
      seen ^= d + 4;
      sum = rol(sum, 9) + seen * value;
    }
  }
  return sum + value;
}

EXPERIMENT(automaton_ripple) {
  u32 wave = 0x7f4a7u ^ key;
  for (u32 i = 0; i < TEXT - 3; i++) {
    u32 quad = b->text[i] | (u32)b->text[i + 1] << 8 | (u32)b->text[i + 2] << 16 | (u32)b->text[i + 3] << 24;
    u32 high = quad & 0x80808080u;
    u32 low = (quad & 0x7f7f7f7fu) + 0x25252525u;
    wave = (wave ^ low) * 0x5c1u + (high >> 7);
    if (high == 0x80008000u || high == 0x00800080u) {
      b->text[i] ^= (u8)(wave >> 19);
      b->text[i + 3] += (u8)(low >> 5) + 3;
      wave = rol(wave, 18) - quad * 0x7;
      b->acc += wave;
    } else if (low & 0x8000) {
      wave += (quad >> 9 & 0x3f3f) * 0x29 + i;
      b->w[i & 63] = (b->w[i & 63] ^ wave) + 0x135;
      i++;
    }
  }
  return wave;
}

EXPERIMENT(automaton_parcel) {
  u32 at = 0, parcels = 0, weight = key & 0x3ff, labels = 0x71;
  while (at + 8 < TEXT) {
    u32 kind = b->text[at] & 7, size = (b->text[at + 1] & 15) + 2;
    if (kind < 3) {
      for (u32 i = 2; i < size && at + i < TEXT; i++) weight = weight * 0x21 + (b->text[at + i] ^ (kind << 6)) + i * 0x107;
      parcels++;
      at += size;
    } else if (kind < 5) {
      u32 word = b->text[at + 2] | (u32)b->text[at + 3] << 8 | (u32)b->text[at + 4] << 16;
      labels = rol(labels ^ word, 12) + 0x4f3d1u;
      weight -= word >> (kind * 2);
      b->acc += (u64)labels * 0x2b3;
      at += 5;
    } else if (kind == 6) {
      labels += (weight & 0xff) * (size + 9) + at;
      b->text[at] = (u8)(labels >> 7) | 1;
      b->steps += size;
      at += 3;
    } else {
      weight ^= (labels << 6) + (parcels * 0x2e7);
      labels = labels * 3 + (u32)b->text[at + 7];
      at += 1 + (size >> 2);
    }
  }
  return weight + labels * 5 + parcels;
}

EXPERIMENT(automaton_ledger) {
  i32 balance = (i32)(key & 0xffff), low = 0x7fff, high = 0;
  u32 audit = 0x3d;
  for (u32 i = 0; i < WORDS; i++) {
    i32 amount = (i32)(b->w[i] >> 18) - 0x2000;
    u32 account = b->w[i] & 7;
    balance += amount - (balance >> 6);
    if (balance < low) {
      low = balance - 3;
      audit = audit * 0x47 + (u32)(-low) + account;
      b->acc += (u64)audit << account;
    }
    if (balance > high) {
      high = balance + (high >> 5) + 1;
      audit ^= (u32)high * 0x1f9 + (account << 21);
      b->w[i] += audit >> 3;
    }
    if (account == 5 || account == 2) {
      i32 fee = (balance * 3 >> 5) + 0x11;
      balance -= fee;
      audit += (u32)(fee * fee) ^ 0x5e1f;
      b->text[i] ^= (u8)fee + (u8)audit;
    }
  }
  return audit + (u32)balance * 0x9d + (u32)(high - low);
}
