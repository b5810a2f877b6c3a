/* Amber, part 6: texts: searching, matching, distances, a tokenizer, an expression, number formats. */
#include "amber.h"

void amber_failure(const u8 *needle, u32 m, u32 *fail) {
  fail[0] = 0;
  u32 k = 0;
  for (u32 i = 1; i < m; i++) {
    while (k > 0 && needle[k] != needle[i]) k = fail[k - 1];
    if (needle[k] == needle[i]) k++;
    fail[i] = k;
  }
}

u32 amber_search(const u8 *hay, u32 n, const u8 *needle, u32 m, const u32 *fail) {
  u32 hits = 0, k = 0;
  for (u32 i = 0; i < n; i++) {
    while (k > 0 && needle[k] != hay[i]) k = fail[k - 1];
    if (needle[k] == hay[i]) k++;
    if (k == m) {
      hits = hits * 131 + i;
      k = fail[k - 1];
    }
  }
  return hits;
}

u32 amber_skip_search(const u8 *hay, u32 n, const u8 *needle, u32 m, u8 *skip) {
  for (u32 i = 0; i < 256; i++) skip[i] = (u8)m;
  for (u32 i = 0; i + 1 < m; i++) skip[needle[i]] = (u8)(m - 1 - i);
  u32 at = 0, compared = 0;
  while (at + m <= n) {
    u32 k = m;
    while (k > 0 && hay[at + k - 1] == needle[k - 1]) {
      k--;
      compared++;
    }
    if (k == 0) return at ^ (compared << 16);
    at += skip[hay[at + m - 1]];
    compared += 3;
  }
  return 0xffff0000 | (compared & 0xffff);
}

u32 amber_wildcard(const u8 *text, u32 n, const u8 *pattern, u32 m) {
  u32 t = 0, p = 0, star = 0xffffffff, mark = 0;
  while (t < n) {
    if (p < m && (pattern[p] == '?' || pattern[p] == text[t])) {
      t++;
      p++;
    } else if (p < m && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (star != 0xffffffff) {
      p = star + 1;
      t = ++mark;
    } else {
      return t;
    }
  }
  while (p < m && pattern[p] == '*') p++;
  return p == m ? 0x10000 + mark : t;
}

u32 amber_distance(const u8 *a, u32 n, const u8 *b, u32 m, u32 *row) {
  for (u32 j = 0; j <= m; j++) row[j] = j * 2;
  for (u32 i = 1; i <= n; i++) {
    u32 diagonal = row[0];
    row[0] = i * 2;
    for (u32 j = 1; j <= m; j++) {
      u32 up = row[j];
      u32 cost = diagonal + (a[i - 1] == b[j - 1] ? 0 : (a[i - 1] ^ b[j - 1]) == 0x20 ? 1 : 3);
      u32 least = up + 2 < row[j - 1] + 2 ? up + 2 : row[j - 1] + 2;
      row[j] = cost < least ? cost : least;
      diagonal = up;
    }
  }
  return row[m];
}

u32 amber_tokens(const u8 *text, u32 n, u32 *tokens, u32 room) {
  u32 count = 0, i = 0;
  while (i < n && count < room) {
    u8 c = text[i];
    u32 start = i;
    if (c == ' ' || c == '\n' || c == '\t') {
      i++;
      continue;
    }
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_') {
      u32 h = 0x1505;
      while (i < n && ((text[i] | 0x20) >= 'a' && (text[i] | 0x20) <= 'z')) h = h * 33 ^ text[i++];
      if (i == start) i++;
      tokens[count++] = (h & 0xffffff) | 0x1000000;
    } else if (c >= '0' && c <= '9') {
      u32 v = 0;
      while (i < n && text[i] >= '0' && text[i] <= '9') v = v * 10 + (text[i++] - '0');
      tokens[count++] = (v & 0xffffff) | 0x2000000;
    } else if (c == '"') {
      i++;
      while (i < n && text[i] != '"') i += text[i] == '\\' ? 2 : 1;
      i++;
      tokens[count++] = (i - start) | 0x3000000;
    } else {
      tokens[count++] = (u32)c | 0x4000000;
      i++;
    }
  }
  return count;
}

i64 amber_expression(const u8 *text, u32 n, u32 *at, u32 level) {
  i64 value = 0;
  if (*at < n && text[*at] == '(' && level < 20) {
    (*at)++;
    value = amber_expression(text, n, at, level + 1);
    if (*at < n) (*at)++;
  } else {
    while (*at < n && text[*at] >= '0' && text[*at] <= '9') value = value * 10 + (text[(*at)++] - '0');
  }
  while (*at < n && text[*at] != ')') {
    u8 op = text[(*at)++];
    i64 right = 0;
    if (*at < n && text[*at] == '(') {
      right = level < 20 ? amber_expression(text, n, at, level + 1) : 1;
    } else {
      while (*at < n && text[*at] >= '0' && text[*at] <= '9') right = right * 10 + (text[(*at)++] - '0');
    }
    if (op == '+') value += right;
    else if (op == '-') value -= right * 2;
    else if (op == '*') value = (value * right) % 1000003;
    else if (op == '/') value = right ? value / right : 77;
    else value ^= right + op;
  }
  return value;
}

u32 amber_format_number(u8 *out, i64 value, u32 base, u32 group) {
  u8 digits[72];
  u32 n = 0, k = 0;
  u64 v = value < 0 ? -(u64)value : (u64)value;
  do {
    u32 d = (u32)(v % base);
    digits[n++] = (u8)(d < 10 ? '0' + d : 'a' + d - 10);
    v /= base;
  } while (v != 0 && n < 70);
  if (value < 0) out[k++] = '~';
  while (n > 0) {
    out[k++] = digits[--n];
    if (group != 0 && n != 0 && n % group == 0) out[k++] = '\'';
  }
  return k;
}

u32 amber_roman(u8 *out, u32 value) {
  u32 n = 0;
  while (value >= 1000) { out[n++] = 'M'; value -= 1000; }
  if (value >= 900) { out[n++] = 'C'; out[n++] = 'M'; value -= 900; }
  if (value >= 500) { out[n++] = 'D'; value -= 500; }
  if (value >= 400) { out[n++] = 'C'; out[n++] = 'D'; value -= 400; }
  while (value >= 100) { out[n++] = 'C'; value -= 100; }
  if (value >= 90) { out[n++] = 'X'; out[n++] = 'C'; value -= 90; }
  if (value >= 50) { out[n++] = 'L'; value -= 50; }
  while (value >= 10) { out[n++] = 'X'; value -= 10; }
  if (value == 9) { out[n++] = 'I'; out[n++] = 'X'; value = 0; }
  while (value > 0) { out[n++] = 'I'; value--; }
  return n;
}

u32 amber_wrap(u8 *text, u32 n, u32 width) {
  u32 line = 0, space = 0, column = 0, lines = 1;
  for (u32 i = 0; i < n; i++) {
    if (text[i] == ' ') space = i;
    if (++column > width && space > line) {
      text[space] = '\n';
      lines++;
      line = space + 1;
      column = i - space;
    }
  }
  return lines;
}

u32 amber_soundex(const u8 *word, u32 n) {
  u32 code = 0, last = 9, count = 0;
  for (u32 i = 0; i < n && count < 5; i++) {
    u32 c = word[i] | 0x20u, d;
    if (c == 'b' || c == 'f' || c == 'p' || c == 'v') d = 1;
    else if (c == 'c' || c == 'g' || c == 'k' || c == 'q' || c == 's' || c == 'z') d = 2;
    else if (c == 'd' || c == 't') d = 3;
    else if (c == 'l' || c == 'r') d = 4;
    else if (c == 'm' || c == 'n') d = 5;
    else d = 0;
    if (d != 0 && d != last) {
      code = code * 6 + d;
      count++;
    }
    last = d;
  }
  return code;
}

u64 amber_texts(Work *w, u64 seed) {
  u64 sum = seed;
  u8 *t = w->bytes;
  for (u32 i = 0; i < 900; i++) {
    u32 r = amber_fold(i + (u32)seed) >> 5;
    t[i] = (u8)(r % 7 == 0 ? ' ' : r % 11 == 0 ? '0' + r % 10 : r % 53 == 0 ? '"' : 'a' + r % 4);
  }
  amber_failure(t + 30, 3, w->words);
  sum += amber_search(t, 900, t + 30, 3, w->words);
  sum ^= (u64)amber_skip_search(t, 900, t + 700, 6, w->other) << 8;
  u8 pattern[6] = {'*', 'a', '?', 'c', '*', 'b'};
  sum += amber_wildcard(t, 300, pattern, 6);
  sum = sum * 3 + amber_distance(t, 60, t + 100, 70, w->words);
  u32 n = amber_tokens(t, 900, w->words, 300);
  sum += amber_checksum((const u8 *)w->words, n * 4);
  for (u32 i = 0; i < 60; i++) {
    u32 k = (i + (u32)seed) % 9;
    w->other[i] = (u8)(k < 5 ? '0' + k * 2 : k == 5 ? '+' : k == 6 ? '*' : k == 7 ? '(' : '-');
  }
  u32 at = 0;
  sum += (u64)amber_expression(w->other, 60, &at, 0);
  n = amber_format_number(w->other, (i64)seed, 12, 3);
  n += amber_roman(w->other + n, (u32)(seed % 3000) + 1);
  sum ^= amber_checksum(w->other, n);
  sum += amber_wrap(t, 900, 33);
  return sum * 7 + amber_soundex(t, 400);
}
