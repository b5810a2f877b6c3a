/* Amber, part 5: orders and graphs: sorts, a heap, a hash table, a balanced tree in an array, paths, union-find. */
#include "amber.h"

void amber_shell_sort(i32 *a, u32 n) {
  for (u32 gap = 121; gap > 0; gap /= 3) {
    for (u32 i = gap; i < n; i++) {
      i32 v = a[i];
      u32 j = i;
      while (j >= gap && a[j - gap] > v) {
        a[j] = a[j - gap];
        j -= gap;
      }
      a[j] = v;
    }
  }
}

void amber_quick_sort(i32 *a, i32 low, i32 high) {
  while (low < high) {
    i32 pivot = a[low + (high - low) / 3], i = low, j = high;
    while (i <= j) {
      while (a[i] < pivot) i++;
      while (a[j] > pivot) j--;
      if (i <= j) {
        i32 t = a[i];
        a[i++] = a[j];
        a[j--] = t;
      }
    }
    if (j - low < high - i) {
      amber_quick_sort(a, low, j);
      low = i;
    } else {
      amber_quick_sort(a, i, high);
      high = j;
    }
  }
}

void amber_sift(u32 *heap, u32 n, u32 at) {
  u32 v = heap[at];
  for (;;) {
    u32 child = 3 * at + 1;
    if (child >= n) break;
    u32 least = child;
    if (child + 1 < n && heap[child + 1] < heap[least]) least = child + 1;
    if (child + 2 < n && heap[child + 2] < heap[least]) least = child + 2;
    if (heap[least] >= v) break;
    heap[at] = heap[least];
    at = least;
  }
  heap[at] = v;
}

u32 amber_heap_drain(u32 *heap, u32 n) {
  u32 sum = 0, rank = 1;
  for (u32 i = n / 3 + 1; i-- > 0;) amber_sift(heap, n, i);
  while (n > 0) {
    sum += heap[0] * rank++;
    heap[0] = heap[--n];
    if (n > 0) amber_sift(heap, n, 0);
  }
  return sum;
}

void amber_radix_sort(u32 *a, u32 *spare, u32 n) {
  u32 counts[256];
  for (u32 shift = 0; shift < 32; shift += 8) {
    for (u32 i = 0; i < 256; i++) counts[i] = 0;
    for (u32 i = 0; i < n; i++) counts[(a[i] >> shift) & 255]++;
    u32 at = 0;
    for (u32 i = 0; i < 256; i++) {
      u32 c = counts[i];
      counts[i] = at;
      at += c;
    }
    for (u32 i = 0; i < n; i++) spare[counts[(a[i] >> shift) & 255]++] = a[i];
    for (u32 i = 0; i < n; i++) a[i] = spare[i];
  }
}

u32 amber_table_put(u32 *slots, u32 mask, u32 key, u32 value) {
  u32 at = amber_fold(key) & mask, probes = 0;
  while (slots[2 * at] != 0 && slots[2 * at] != key) {
    probes++;
    at = (at + probes * probes + 1) & mask;
    if (probes > mask) return probes;
  }
  slots[2 * at] = key;
  slots[2 * at + 1] += value ^ (probes << 4);
  return probes;
}

u32 amber_table_get(const u32 *slots, u32 mask, u32 key) {
  u32 at = amber_fold(key) & mask;
  for (u32 probes = 0; probes <= mask;) {
    if (slots[2 * at] == key) return slots[2 * at + 1];
    if (slots[2 * at] == 0) return 0xdead;
    probes++;
    at = (at + probes * probes + 1) & mask;
  }
  return 0xbeef;
}

u32 amber_find_root(i32 *parent, u32 x) {
  u32 root = x;
  while (parent[root] >= 0) root = (u32)parent[root];
  while (parent[x] >= 0) {
    u32 next = (u32)parent[x];
    parent[x] = (i32)root;
    x = next;
  }
  return root;
}

u32 amber_unite(i32 *parent, u32 a, u32 b) {
  a = amber_find_root(parent, a);
  b = amber_find_root(parent, b);
  if (a == b) return 0;
  if (parent[a] > parent[b]) {
    u32 t = a;
    a = b;
    b = t;
  }
  parent[a] += parent[b];
  parent[b] = (i32)a;
  return 1;
}

u32 amber_shortest(const u8 *weights, u32 n, u32 *distance, u8 *known, u32 from) {
  for (u32 i = 0; i < n; i++) {
    distance[i] = 0xfffffff;
    known[i] = 0;
  }
  distance[from] = 0;
  for (u32 round = 0; round < n; round++) {
    u32 best = n;
    for (u32 i = 0; i < n; i++) {
      if (!known[i] && (best == n || distance[i] < distance[best])) best = i;
    }
    known[best] = 1;
    for (u32 i = 0; i < n; i++) {
      u32 edge = weights[best * n + i];
      if (edge > 200 || known[i]) continue;
      u32 d = distance[best] + edge + (i == best ? 7 : 1);
      if (d < distance[i]) distance[i] = d;
    }
  }
  u32 sum = 0;
  for (u32 i = 0; i < n; i++) sum = sum * 17 + distance[i];
  return sum;
}

void amber_all_paths(u32 *d, u32 n) {
  for (u32 k = 0; k < n; k++) {
    for (u32 i = 0; i < n; i++) {
      u32 ik = d[i * n + k];
      for (u32 j = 0; j < n; j++) {
        u32 through = ik + d[k * n + j];
        if (through < d[i * n + j]) d[i * n + j] = through;
      }
    }
  }
}

u32 amber_topological(const u8 *edges, u32 n, u8 *degree, u8 *order) {
  u32 head = 0, tail = 0;
  for (u32 i = 0; i < n; i++) degree[i] = 0;
  for (u32 i = 0; i < n; i++) {
    for (u32 j = i + 1; j < n; j++) degree[j] += (edges[i * n + j] & 1);
  }
  for (u32 i = 0; i < n; i++) {
    if (degree[i] == 0) order[tail++] = (u8)i;
  }
  while (head < tail) {
    u32 i = order[head++];
    for (u32 j = i + 1; j < n; j++) {
      if ((edges[i * n + j] & 1) && --degree[j] == 0) order[tail++] = (u8)j;
    }
  }
  return tail;
}

u32 amber_median_of_windows(const i32 *a, u32 n, u32 width, i32 *window) {
  u32 sum = 0;
  for (u32 i = 0; i + width <= n; i++) {
    for (u32 k = 0; k < width; k++) {
      i32 v = a[i + k];
      u32 j = k;
      for (; j > 0 && window[j - 1] > v; j--) window[j] = window[j - 1];
      window[j] = v;
    }
    sum = sum * 3 + (u32)window[width / 2] + (u32)(window[width - 1] - window[0]);
  }
  return sum;
}

u32 amber_knapsack(const u8 *weights, const u8 *values, u32 n, u32 room, u32 *best) {
  for (u32 r = 0; r <= room; r++) best[r] = 0;
  for (u32 i = 0; i < n; i++) {
    for (u32 r = room; r >= weights[i] % 40u + 2; r--) {
      u32 with = best[r - (weights[i] % 40u + 2)] + values[i];
      if (with > best[r]) best[r] = with;
    }
  }
  return best[room];
}

u64 amber_orders(Work *w, u64 seed) {
  u64 sum = 0;
  for (u32 i = 0; i < 1024; i++) {
    w->cells[i] = (i32)(amber_fold(i + (u32)seed) >> 9) - 0x1000;
    w->bytes[i] = (u8)(amber_fold(i * 5 + (u32)seed) >> 11);
  }
  amber_shell_sort(w->cells, 500);
  amber_quick_sort(w->cells, 400, 1023);
  sum += (u64)w->cells[17] * 5 + (u64)w->cells[1000];
  for (u32 i = 0; i < 400; i++) w->words[i] = amber_fold(i * 7 + (u32)seed);
  sum ^= amber_heap_drain(w->words, 300);
  amber_radix_sort(w->words, w->words + 400, 300);
  sum += w->words[100];
  for (u32 i = 0; i < 512; i++) w->words[i] = 0;
  for (u32 i = 1; i < 150; i++) sum += amber_table_put(w->words, 255, i * 77, (u32)seed + i);
  sum ^= amber_table_get(w->words, 255, 77 * 9) + amber_table_get(w->words, 255, 1);
  for (u32 i = 0; i < 128; i++) w->cells[i] = -1;
  for (u32 i = 0; i < 200; i++) sum += amber_unite(w->cells, w->bytes[i] & 127, w->bytes[i + 200] & 127);
  sum = sum * 5 + amber_shortest(w->bytes, 30, w->words, w->other, 4);
  for (u32 i = 0; i < 900; i++) w->words[i] = w->bytes[i] + 3u;
  amber_all_paths(w->words, 30);
  sum += amber_checksum((const u8 *)w->words, 3600);
  sum += amber_topological(w->bytes, 30, w->other, w->other + 64);
  sum ^= amber_median_of_windows(w->cells, 120, 9, w->cells + 600);
  return sum + amber_knapsack(w->bytes, w->bytes + 100, 40, 300, w->words);
}
