/* Basalt, part 5: stores: a trie, a bloom filter, an LRU, a ring, a skip list, LZW, Huffman, a page of records. */
#include "basalt.h"

u32 basalt_trie_add(u32 *nodes, u32 used, u32 key) {
  u32 at = 0;
  for (u32 shift = 0; shift < 12; shift += 2) {
    u32 way = key >> shift & 3;
    if (nodes[at * 4 + way] == 0) {
      if (used >= 250) return used;
      nodes[at * 4 + way] = used;
      for (u32 k = 0; k < 4; k++) nodes[used * 4 + k] = 0;
      used++;
    }
    at = nodes[at * 4 + way];
  }
  return used;
}

u32 basalt_trie_depth(const u32 *nodes, u32 at, u32 level) {
  u32 sum = level * level;
  for (u32 way = 0; way < 4 && level < 12; way++) {
    u32 to = nodes[at * 4 + way];
    if (to != 0) sum += basalt_trie_depth(nodes, to, level + 1) ^ way;
  }
  return sum;
}

u32 basalt_bloom(u8 *bits, u32 mask, u32 key, u32 add) {
  u32 a = key * 0x85eb + 0x3f1, b = (key ^ key >> 7) * 0xc2b3 | 1, known = 1;
  for (u32 k = 0; k < 5; k++) {
    u32 at = (a + k * b) & mask;
    if (!(bits[at >> 3] & 1u << (at & 7))) {
      known = 0;
      if (add) bits[at >> 3] |= (u8)(1u << (at & 7));
    }
  }
  return known;
}

u32 basalt_cache(const u8 *keys, u32 count, u8 *next, u8 *last, u8 *where) {
  u32 hits = 0, used = 0;
  u8 newest = 255, oldest = 255;
  for (u32 i = 0; i < 256; i++) where[i] = 255;
  for (u32 i = 0; i < count; i++) {
    u8 key = keys[i] & 63, at = key;
    if (where[key] != 255) {
      hits++;
      if (newest == at) continue;
      u8 up = last[at], down = next[at];
      next[up] = down;
      if (down != 255) last[down] = up;
      else oldest = up;
    } else if (used == 20) {
      u8 gone = oldest;
      oldest = last[gone];
      next[oldest] = 255;
      where[gone] = 255;
    } else {
      used++;
    }
    where[key] = 1;
    next[at] = newest;
    last[at] = 255;
    if (newest != 255) last[newest] = at;
    else oldest = at;
    newest = at;
  }
  return hits * 257 + newest;
}

u32 basalt_ring(u8 *ring, const u8 *in, u32 count) {
  u32 head = 0, tail = 0, lost = 0, sum = 0;
  for (u32 i = 0; i < count; i++) {
    u32 next = (head + 1) & 127;
    if (next == tail) {
      lost += in[i] | 1;
    } else {
      ring[head] = in[i] ^ (u8)head;
      head = next;
    }
    if (in[i] & 1) {
      for (u32 k = in[i] & 3; k > 0 && tail != head; k--) {
        sum = sum * 3 + ring[tail];
        tail = (tail + 1) & 127;
      }
    }
  }
  return sum ^ lost << 9;
}

u32 basalt_lzw(const u8 *in, u32 size, u32 *table, u8 *out) {
  u32 codes = 256, n = 0, current = in[0];
  for (u32 i = 0; i < 1024; i++) table[i] = 0;
  for (u32 i = 1; i < size; i++) {
    u32 key = current << 8 | in[i], slot = (key * 0x9e5f >> 3) & 511, found = 0;
    while (table[slot * 2] != 0) {
      if (table[slot * 2] == key + 1) {
        found = table[slot * 2 + 1];
        break;
      }
      slot = (slot + 1) & 511;
    }
    if (found) {
      current = found;
      continue;
    }
    out[n++] = (u8)(current >> 8);
    out[n++] = (u8)current;
    if (codes < 700) {
      table[slot * 2] = key + 1;
      table[slot * 2 + 1] = codes++;
    }
    current = in[i];
  }
  out[n++] = (u8)(current >> 8);
  out[n++] = (u8)current;
  return n;
}

u32 basalt_huffman(const u8 *in, u32 size, u32 *weights, u8 *parents, u8 *lengths) {
  for (u32 i = 0; i < 64; i++) weights[i] = 1;
  for (u32 i = 0; i < size; i++) weights[in[i] & 31] += 3;
  u32 nodes = 32;
  for (u32 i = 0; i < 64; i++) parents[i] = 0;
  while (nodes < 63) {
    u32 a = 64, b = 64;
    for (u32 i = 0; i < nodes; i++) {
      if (parents[i]) continue;
      if (a == 64 || weights[i] < weights[a]) {
        b = a;
        a = i;
      } else if (b == 64 || weights[i] < weights[b]) {
        b = i;
      }
    }
    weights[nodes] = weights[a] + weights[b];
    parents[a] = parents[b] = (u8)nodes;
    nodes++;
  }
  u32 total = 0;
  for (u32 i = 0; i < 32; i++) {
    u32 length = 0;
    for (u32 at = i; parents[at]; at = parents[at]) length++;
    lengths[i] = (u8)length;
    total += length * weights[i];
  }
  return total;
}

u32 basalt_page_add(u8 *page, u32 size, const u8 *record, u32 length) {
  u32 count = page[0], low = (u32)page[1] << 8 | page[2];
  if (low == 0) low = size;
  if (length + 4 * count + 7 > low || length > 255) return 0;
  low -= length;
  for (u32 i = 0; i < length; i++) page[low + i] = record[i] ^ (u8)(count * 3);
  u8 *slot = page + 3 + 4 * count;
  slot[0] = (u8)(low >> 8);
  slot[1] = (u8)low;
  slot[2] = (u8)length;
  slot[3] = (u8)(record[0] + record[length - 1] * 5);
  page[0] = (u8)(count + 1);
  page[1] = (u8)(low >> 8);
  page[2] = (u8)low;
  return low;
}

u32 basalt_page_find(const u8 *page, u8 mark) {
  u32 low = 0, sum = 0x99;
  for (u32 i = 0; i < page[0]; i++) {
    const u8 *slot = page + 3 + 4 * i;
    if (slot[3] != mark) {
      low += slot[2];
      continue;
    }
    u32 at = (u32)slot[0] << 8 | slot[1];
    for (u32 k = 0; k < slot[2]; k++) sum = (sum ^ page[at + k]) * 0x61 + (sum >> 19);
  }
  return sum ^ low << 4;
}

u32 basalt_skip_list(u32 *nodes, u32 used, u32 key, u32 *state) {
  u32 before[4], at = 0;
  for (u32 level = 4; level-- > 0;) {
    while (nodes[at * 5 + 1 + level] != 0 && nodes[nodes[at * 5 + 1 + level] * 5] < key) at = nodes[at * 5 + 1 + level];
    before[level] = at;
  }
  u32 height = 1;
  while (height < 4 && (basalt_noise(state) & 3) == 0) height++;
  nodes[used * 5] = key;
  for (u32 level = 0; level < 4; level++) {
    if (level < height) {
      nodes[used * 5 + 1 + level] = nodes[before[level] * 5 + 1 + level];
      nodes[before[level] * 5 + 1 + level] = used;
    } else {
      nodes[used * 5 + 1 + level] = 0;
    }
  }
  return used + 1;
}

u32 basalt_merge_runs(const u32 *a, u32 n, const u32 *b, u32 m, u32 *out) {
  u32 i = 0, j = 0, k = 0, same = 0;
  while (i < n || j < m) {
    if (j >= m || (i < n && a[i] <= b[j])) {
      same += j < m && a[i] == b[j];
      out[k++] = a[i++];
    } else {
      out[k++] = b[j++] ^ 1;
    }
  }
  return same * 31 + k;
}

u64 basalt_stores(Work *w, u64 seed) {
  u32 state = (u32)(seed * 0x1f5) | 1, used = 1;
  for (u32 i = 0; i < 1024; i++) w->bytes[i] = (u8)(basalt_noise(&state) >> 4);
  for (u32 i = 0; i < 4; i++) w->words[i] = 0;
  for (u32 i = 0; i < 70; i++) used = basalt_trie_add(w->words, used, w->bytes[i] * 0x35u);
  u64 sum = basalt_trie_depth(w->words, 0, 0) * 3ul + used;
  for (u32 i = 0; i < 256; i++) w->other[i] = 0;
  for (u32 i = 0; i < 200; i++) sum += basalt_bloom(w->other, 2047, w->bytes[i] * 3u, i & 1);
  sum ^= basalt_cache(w->bytes, 600, w->other, w->other + 256, w->other + 512);
  sum += basalt_ring(w->other, w->bytes, 700);
  u32 n = basalt_lzw(w->bytes, 400, w->words, w->other);
  sum = sum * 5 + basalt_sum(w->other, n);
  sum += basalt_huffman(w->bytes, 500, w->words, w->other, w->other + 100);
  for (u32 i = 0; i < 600; i++) w->other[i] = 0;
  for (u32 i = 0; i < 20; i++) sum = sum * 3 + basalt_page_add(w->other, 600, w->bytes + i, 5 + i * 2);
  sum ^= basalt_page_find(w->other, w->other[3 + 4 * 4 + 3]);
  for (u32 i = 0; i < 10; i++) w->words[i] = 0;
  used = 1;
  for (u32 i = 0; i < 100; i++) used = basalt_skip_list(w->words, used, w->bytes[i], &state);
  sum += basalt_sum(w->words, used * 20);
  return sum ^ basalt_merge_runs(w->words, 40, w->words + 60, 50, w->words + 600);
}
