/* Family Amber: what its parts take from each other. */
#ifndef AMBER_H
#define AMBER_H
#include "../family.h"

u64 amber_mix_three(u64 a, u64 b, u64 c);
u32 amber_fold(u32 v);
u32 amber_checksum(const u8 *data, u32 size);
u64 amber_digest(const u8 *data, u32 size);
u64 amber_ciphers(Work *work, u64 seed);
u64 amber_codecs(Work *work, u64 seed);
u64 amber_numbers(Work *work, u64 seed);
u64 amber_machine(Work *work, u64 seed);
u64 amber_orders(Work *work, u64 seed);
u64 amber_texts(Work *work, u64 seed);
#endif
