/*
 * Genehound Test Threat: harmless code that exists only to be found, as the EICAR file does for file scanners.
 *
 * Every function below computes numbers from numbers. Nothing calls the system, the C library, or any address
 * outside of this code, and nothing is written but the caller's `struct bench`. The code is original, and its
 * constants are unusual on purpose, so that its genes occur nowhere else.
 */
#ifndef GENEHOUND_TEST_THREAT_H
#define GENEHOUND_TEST_THREAT_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int i32;
typedef long long i64;

#define WORDS 64
#define TEXT 256

struct bench {
  u32 w[WORDS];
  u8 text[TEXT];
  u64 acc;
  u32 n;
  u32 steps;
};

/* One entry of the table of experiments; `key` varies what is computed. */
#define EXPERIMENT(name) __attribute__((noinline, noclone, hot)) u32 name(struct bench *b, u32 key)

static inline u32 rol(u32 x, u32 r) { return (x << (r & 31)) | (x >> ((32 - r) & 31)); }
static inline u64 rol64(u64 x, u32 r) { return (x << (r & 63)) | (x >> ((64 - r) & 63)); }

#define FOR_EACH_EXPERIMENT(X) \
  X(cipher_thimble) X(cipher_walnut) X(cipher_lantern) X(cipher_marmot) X(cipher_ferry) X(cipher_quarry) \
  X(cipher_orchard) X(cipher_kestrel) \
  X(sum_tidewater) X(sum_brickyard) X(sum_pinwheel) X(sum_gravel) X(sum_harrow) X(sum_cobble) X(sum_spindle) \
  X(sum_mistral) \
  X(sort_shuttle) X(sort_teeter) X(sort_burrow) X(sort_dredge) X(sort_ladle) X(sort_zipper) X(sort_gopher) \
  X(matrix_braid) X(matrix_kiln) X(matrix_echo) X(matrix_trestle) X(matrix_saltire) X(matrix_relay) X(matrix_weft) \
  X(machine_abacus) X(machine_tortoise) X(machine_carousel) X(machine_loom) X(machine_turnstile) X(machine_pantry) \
  X(automaton_moss) X(automaton_comma) X(automaton_vowel) X(automaton_hedge) X(automaton_digits) \
  X(automaton_ripple) X(automaton_parcel) X(automaton_ledger) \
  X(structure_thicket) X(structure_dovecote) X(structure_satchel) X(structure_ropewalk) X(structure_granary) \
  X(structure_ferns) X(structure_turnpike) X(structure_attic) \
  X(number_sieve) X(number_euclid) X(number_stairs) X(number_cordic) X(number_rootlet) X(number_decimal) \
  X(number_hailstorm) X(number_compass) X(number_totals) \
  X(puzzle_queens) X(puzzle_knapsack) X(puzzle_maze) X(puzzle_lights) X(puzzle_hanoi) X(puzzle_coins) \
  X(puzzle_tiles) X(puzzle_bracket)

#define DECLARE(name) EXPERIMENT(name);
FOR_EACH_EXPERIMENT(DECLARE)
#undef DECLARE

#endif
