/* Family Basalt: what its parts take from each other. */
#ifndef BASALT_H
#define BASALT_H
#include "../family.h"

u32 basalt_noise(u32 *state);
u32 basalt_ones(u32 v);
u64 basalt_sum(const void *data, u32 size);
u64 basalt_pictures(Work *work, u64 seed);
u64 basalt_signals(Work *work, u64 seed);
u64 basalt_games(Work *work, u64 seed);
u64 basalt_packets(Work *work, u64 seed);
u64 basalt_stores(Work *work, u64 seed);
u64 basalt_curves(Work *work, u64 seed);
#endif
