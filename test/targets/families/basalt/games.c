/* Basalt, part 3: games: sudoku, queens, knights, minesweeper, blocks, cards, dice, a small search with pruning. */
#include "basalt.h"

u32 basalt_sudoku_mask(const u8 *g, u32 at) {
  u32 mask = 0, row = at / 9 * 9, column = at % 9, box = at / 27 * 27 + column / 3 * 3;
  for (u32 k = 0; k < 9; k++) {
    mask |= 1u << g[row + k];
    mask |= 1u << g[k * 9 + column];
    mask |= 1u << g[box + k / 3 * 9 + k % 3];
  }
  return mask & 0x3fe;
}

u32 basalt_ones(u32 v) {
  v = v - (v >> 1 & 0x55555555);
  v = (v & 0x33333333) + (v >> 2 & 0x33333333);
  return ((v + (v >> 4)) & 0xf0f0f0f) * 0x1010101 >> 24;
}

u32 basalt_sudoku(u8 *g, u32 *budget) {
  u32 best = 81, fewest = 10, choice = 0;
  for (u32 at = 0; at < 81; at++) {
    if (g[at] != 0) continue;
    u32 mask = basalt_sudoku_mask(g, at);
    u32 left = 9 - basalt_ones(mask);
    if (left < fewest) {
      fewest = left;
      best = at;
      choice = mask;
    }
  }
  if (best == 81) return 1;
  for (u8 d = 1; d <= 9 && *budget > 0; d++) {
    if (choice >> d & 1) continue;
    (*budget)--;
    g[best] = d;
    if (basalt_sudoku(g, budget)) return 1;
  }
  g[best] = 0;
  return 0;
}

u32 basalt_queens(u32 n, u32 columns, u32 left, u32 right) {
  u32 full = (1u << n) - 1, count = 0;
  if (columns == full) return 1;
  u32 free = full & ~(columns | left | right);
  while (free) {
    u32 bit = free & -free;
    free ^= bit;
    count += basalt_queens(n, columns | bit, (left | bit) << 1, (right | bit) >> 1);
  }
  return count;
}

u32 basalt_knight(u8 *board, u32 x, u32 y) {
  u32 steps = 0;
  for (u32 i = 0; i < 64; i++) board[i] = 0;
  for (;;) {
    board[y * 8 + x] = (u8)++steps;
    u32 bx = 8, by = 8, fewest = 9;
    for (u32 k = 0; k < 8; k++) {
      u32 dx = (k & 1) + 1, dy = 3 - dx;
      u32 nx = k & 2 ? x + dx : x - dx, ny = k & 4 ? y + dy : y - dy;
      if (nx > 7 || ny > 7 || board[ny * 8 + nx]) continue;
      u32 exits = 0;
      for (u32 j = 0; j < 8; j++) {
        u32 ex = (j & 1) + 1, ey = 3 - ex;
        u32 mx = j & 2 ? nx + ex : nx - ex, my = j & 4 ? ny + ey : ny - ey;
        exits += mx < 8 && my < 8 && board[my * 8 + mx] == 0;
      }
      if (exits < fewest) {
        fewest = exits;
        bx = nx;
        by = ny;
      }
    }
    if (bx == 8) return steps;
    x = bx;
    y = by;
  }
}

u32 basalt_mines(u8 *field, u32 *state, u32 count) {
  for (u32 i = 0; i < 256; i++) field[i] = 0;
  while (count > 0) {
    u32 at = basalt_noise(state) & 255;
    if (field[at] == 0x4d) continue;
    field[at] = 0x4d;
    count--;
  }
  u32 open = 0;
  for (u32 y = 0; y < 16; y++) {
    for (u32 x = 0; x < 16; x++) {
      if (field[y * 16 + x] == 0x4d) continue;
      u32 n = 0;
      for (u32 k = 0; k < 9; k++) {
        u32 nx = x + k % 3 - 1, ny = y + k / 3 - 1;
        if (nx < 16 && ny < 16 && field[ny * 16 + nx] == 0x4d) n++;
      }
      field[y * 16 + x] = (u8)n;
      open += n * (x + 1);
    }
  }
  return open;
}

u32 basalt_drop(u16 *well, u32 shape, u32 column) {
  u32 rows[4], height = 0;
  for (u32 r = 0; r < 4; r++) {
    rows[r] = (shape >> (r * 4) & 15) << column;
    if (rows[r]) height = r + 1;
  }
  u32 y = 0;
  for (u32 try = 0; try + height <= 20; try++) {
    u32 clash = 0;
    for (u32 r = 0; r < height; r++) clash |= well[try + r] & rows[r];
    if (clash) break;
    y = try;
  }
  u32 cleared = 0;
  for (u32 r = 0; r < height; r++) well[y + r] |= (u16)rows[r];
  for (u32 r = 0; r < 20; r++) {
    if ((well[r] & 0x3ff) != 0x3ff) continue;
    for (u32 k = r; k > 0; k--) well[k] = well[k - 1];
    well[0] = 0;
    cleared++;
  }
  return cleared * cleared * 40 + y;
}

void basalt_shuffle(u8 *deck, u32 *state) {
  for (u32 i = 0; i < 52; i++) deck[i] = (u8)i;
  for (u32 i = 51; i > 0; i--) {
    u32 j = basalt_noise(state) % (i + 1);
    u8 t = deck[i];
    deck[i] = deck[j];
    deck[j] = t;
  }
}

u32 basalt_hand(const u8 *cards) {
  u32 suits = 0, ranks = 0, pairs = 0, most = 0, high = 0;
  u8 counts[13];
  for (u32 i = 0; i < 13; i++) counts[i] = 0;
  for (u32 i = 0; i < 5; i++) {
    u32 rank = cards[i] % 13;
    suits |= 1u << (cards[i] / 13);
    ranks |= 1u << rank;
    counts[rank]++;
    if (rank > high) high = rank;
  }
  for (u32 i = 0; i < 13; i++) {
    if (counts[i] > most) most = counts[i];
    pairs += counts[i] == 2;
  }
  u32 straight = 0;
  for (u32 i = 0; i < 9; i++) straight |= (ranks >> i & 31) == 31;
  u32 flush = (suits & (suits - 1)) == 0;
  if (straight && flush) return 800 + high;
  if (most == 4) return 700 + high;
  if (most == 3 && pairs == 1) return 600 + high;
  if (flush) return 500 + high;
  if (straight) return 400 + high;
  if (most == 3) return 300 + high;
  return pairs * 100 + high;
}

i32 basalt_line_score(const u8 *b, u8 me) {
  i32 score = 0;
  for (u32 i = 0; i < 3; i++) {
    u32 row = (b[i * 3] == me) + (b[i * 3 + 1] == me) + (b[i * 3 + 2] == me);
    u32 column = (b[i] == me) + (b[i + 3] == me) + (b[i + 6] == me);
    score += row == 3 || column == 3 ? 100 : (i32)(row * row + column);
  }
  if (b[0] == me && b[4] == me && b[8] == me) score += 101;
  if (b[2] == me && b[4] == me && b[6] == me) score += 102;
  return score;
}

i32 basalt_search(u8 *b, u8 me, i32 alpha, i32 beta, u32 depth) {
  i32 mine = basalt_line_score(b, me), theirs = basalt_line_score(b, me ^ 3);
  if (depth == 0 || mine >= 100 || theirs >= 100) return mine - theirs;
  u32 moves = 0;
  for (u32 i = 0; i < 9 && alpha < beta; i++) {
    if (b[i]) continue;
    moves++;
    b[i] = me;
    i32 v = -basalt_search(b, me ^ 3, -beta, -alpha, depth - 1);
    b[i] = 0;
    if (v > alpha) alpha = v;
  }
  return moves ? alpha : mine - theirs;
}

u32 basalt_hanoi(u32 n, u32 from, u32 to, u32 *pegs) {
  if (n == 0) return 0;
  u32 spare = 3 - from - to;
  u32 moves = basalt_hanoi(n - 1, from, spare, pegs);
  pegs[from] ^= 1u << n;
  pegs[to] ^= 1u << n;
  moves = moves * 3 + (pegs[to] ^ from);
  return moves + basalt_hanoi(n - 1, spare, to, pegs);
}

u64 basalt_games(Work *w, u64 seed) {
  u32 state = (u32)(seed >> 7) | 1, budget = 3000;
  for (u32 i = 0; i < 81; i++) w->bytes[i] = 0;
  for (u32 i = 0; i < 9; i++) w->bytes[i * 10 % 81] = (u8)((i * 4 + (u32)(seed & 7)) % 9 + 1);
  u64 sum = basalt_sudoku(w->bytes, &budget) + budget;
  sum = sum * 3 + basalt_sum(w->bytes, 81);
  sum += basalt_queens(6, 0, 0, 0);
  sum = sum * 5 + basalt_knight(w->bytes, (u32)seed & 7, 3);
  sum ^= basalt_mines(w->bytes, &state, 40);
  u16 *well = (u16 *)w->words;
  for (u32 i = 0; i < 20; i++) well[i] = 0;
  for (u32 i = 0; i < 40; i++) {
    u32 kind = basalt_noise(&state) % 4;
    u32 shape = kind == 0 ? 0x33 : kind == 1 ? 0xf : kind == 2 ? 0x27 : 0x113;
    sum = sum * 7 + basalt_drop(well, shape, basalt_noise(&state) % 7);
    if (well[3]) well[3] = well[2] = well[1] = well[0] = 0;
  }
  basalt_shuffle(w->bytes, &state);
  for (u32 i = 0; i < 45; i += 5) sum = sum * 11 + basalt_hand(w->bytes + i);
  for (u32 i = 0; i < 9; i++) w->bytes[i] = (u8)(i == (seed & 7) ? 1 : 0);
  sum += (u64)basalt_search(w->bytes, 2, -1000, 1000, 4);
  u32 pegs[3] = {0x1fe, 0, 0};
  return sum ^ basalt_hanoi(8, 0, 2, pegs);
}
