/**
 * Loads and stores of A64, SIMD included, in the form of base.table.ts. Source: Arm Architecture Reference Manual for
 * A-profile, chapter C4, "Loads and Stores".
 */
const ORDERS = ['', 'l', 'a', 'al'];
const ATOMICS = ['ldadd', 'ldclr', 'ldeor', 'ldset', 'ldsmax', 'ldsmin', 'ldumax', 'ldumin'];
const COPY_OPTIONS = 'x wt rt t wn wtwn rtwn twn rn wtrn rtrn trn n wtn rtn tn'
  .split(' ')
  .map((s) => s.replace('x', ''));

/** By size (4), acquire, release, operation (8). */
const atomicNames = ['b', 'h', '', ''].flatMap((size) =>
  ORDERS.flatMap((order) => ATOMICS.map((name) => name + order + size)),
);
const swapNames = ['b', 'h', '', ''].flatMap((size) => ORDERS.map((order) => `swp${order}${size}`));
const casNames = ['b', 'h', '', ''].flatMap((size) => ['', 'l', 'a', 'al'].map((order) => `cas${order}${size}`));
/** By direction, stage (2 bits, the fourth being set), options. */
const copyNames = ['f', ''].flatMap((forward) => [
  ...['p', 'm', 'e'].flatMap((stage) => COPY_OPTIONS.map((option) => `cpy${forward}${stage}${option}`)),
  ...['p', 'm', 'e', null].flatMap((stage) =>
    ['', 't', 'n', 'tn'].map((option) => (stage === null ? '-' : `set${forward === 'f' ? '' : 'g'}${stage}${option}`)),
  ),
]);

/** Whole registers, then lanes: with and without writing the address back. */
const structures = ['0 S 000000 ', '0 S S 00000 ', '1 S 0 rrrrr ', '1 S S rrrrr ']
  .flatMap((middle, i) => {
    const base = i < 2 ? 'bbbbb' : 'BBBBB';
    if (i % 2 === 0) {
      const head = `0 z 001100 ${middle}`;
      const one = '- - st1 - - - st1 st1 - - st1 - - - - -';
      const more = 'st4 - - - st3 - - - st2 - - - - - - -';
      return [one, more].map((stores) => {
        const names = `${stores} ${stores.replaceAll('st', 'ld')}`;
        return `${head}SSSS zz ${base} vvvvv : ${names}${stores === more ? ' : whole' : ''}`;
      });
    }
    const lanes = ['00 S zzz', '01 S zz0', '10 S z00', '10 S 001'];
    const head = `0 z 001101 ${middle}`;
    return [
      ...lanes.map((lane) => `${head}${lane} ${base} vvvvv : st1 st3 st2 st4 ld1 ld3 ld2 ld4`),
      `${head}11 S 0zz ${base} vvvvv : - - - - ld1r ld3r ld2r ld4r`,
    ];
  })
  .join('\n');

export const MEMORY = `
# Exclusive, ordered, compare and swap
SS 001000 000 ddddd 0 xxxxx bbbbb rrrrr : stxrb stxrh stxr stxr
SS 001000 000 ddddd 1 xxxxx bbbbb rrrrr : stlxrb stlxrh stlxr stlxr
SS 001000 010 xxxxx 0 xxxxx bbbbb ddddd : ldxrb ldxrh ldxr ldxr
SS 001000 010 xxxxx 1 xxxxx bbbbb ddddd : ldaxrb ldaxrh ldaxr ldaxr
1z 001000 001 ddddd S rrrrr bbbbb rrrrr : stxp stlxp
1z 001000 011 xxxxx S ddddd bbbbb ddddd : ldxp ldaxp
0z 001000 0 S 1 ddddd S 11111 bbbbb rrrrr : casp caspl caspa caspal : evenpairs
SS 001000 100 xxxxx 0 xxxxx bbbbb rrrrr : stllrb stllrh stllr stllr
SS 001000 100 xxxxx 1 xxxxx bbbbb rrrrr : stlrb stlrh stlr stlr
SS 001000 110 xxxxx 0 xxxxx bbbbb ddddd : ldlarb ldlarh ldlar ldlar
SS 001000 110 11111 1 11111 bbbbb ddddd : ldarb ldarh ldar ldar
SS 001000 1 S 1 ddddd S 11111 bbbbb rrrrr : ${casNames.join(' ')}
SS 011001 00 0 iiiiiiiii 00 bbbbb rrrrr : stlurb stlurh stlur stlur
SS 011001 01 0 iiiiiiiii 00 bbbbb ddddd : ldapurb ldapurh ldapur ldapur
SS 011001 10 0 iiiiiiiii 00 bbbbb ddddd : ldapursb ldapursh ldapursw -
SS 011001 11 0 iiiiiiiii 00 bbbbb ddddd : ldapursb ldapursh - -
SS 111 0 00 SS 1 rrrrr 0 SSS 00 bbbbb ddddd : ${atomicNames.join(' ')}
SS 111 0 00 SS 1 rrrrr 1000 00 bbbbb ddddd : ${swapNames.join(' ')}
SS 111 0 00 10 1 11111 1100 00 bbbbb ddddd : ldaprb ldaprh ldapr ldapr
11 111 0 00 00 1 11111 1 001 00 bbbbb rrrrr : st64b : group8
11 111 0 00 00 1 ddddd 1 010 00 bbbbb rrrrr : st64bv0 : group8
11 111 0 00 00 1 ddddd 1 011 00 bbbbb rrrrr : st64bv : group8
11 111 0 00 00 1 11111 1 101 00 bbbbb ddddd : ld64b : group8
00 011 S 01 SS 0 ddddd SSSS 01 ddddd ddddd : ${copyNames.join(' ')} : copy

# Literals: loads relative to the instruction
00 011 0 00 ppppppppppppppppppp ddddd : ldr : literal4
01 011 0 00 ppppppppppppppppppp ddddd : ldr : literal8
10 011 0 00 ppppppppppppppppppp ddddd : ldrsw : literal4
11 011 0 00 ppppppppppppppppppp zzzzz : prfm
00 011 1 00 ppppppppppppppppppp vvvvv : ldr : literal4
01 011 1 00 ppppppppppppppppppp vvvvv : ldr : literal8
10 011 1 00 ppppppppppppppppppp vvvvv : ldr : literal16

# Pairs
z0 101 0 000 0 iiiiiii rrrrr bbbbb rrrrr : stnp
z0 101 0 000 1 iiiiiii ddddd bbbbb ddddd : ldnp
z0 101 0 001 0 iiiiiii rrrrr BBBBB rrrrr : stp : save
z0 101 0 010 0 iiiiiii rrrrr bbbbb rrrrr : stp : save
z0 101 0 011 0 iiiiiii rrrrr BBBBB rrrrr : stp : save
z0 101 0 001 1 iiiiiii ddddd BBBBB ddddd : ldp : save
z0 101 0 010 1 iiiiiii ddddd bbbbb ddddd : ldp : save
z0 101 0 011 1 iiiiiii ddddd BBBBB ddddd : ldp : save
01 101 0 001 S iiiiiii rrrrr BBBBB rrrrr : stgp -
01 101 0 010 S iiiiiii rrrrr bbbbb rrrrr : stgp -
01 101 0 011 S iiiiiii rrrrr BBBBB rrrrr : stgp -
01 101 0 001 1 iiiiiii ddddd BBBBB ddddd : ldpsw : ldpsw
01 101 0 010 1 iiiiiii ddddd bbbbb ddddd : ldpsw : ldpsw
01 101 0 011 1 iiiiiii ddddd BBBBB ddddd : ldpsw : ldpsw
zz 101 1 000 S iiiiiii vvvvv bbbbb vvvvv : stnp ldnp : not3
zz 101 1 001 S iiiiiii vvvvv BBBBB vvvvv : stp ldp : not3 save
zz 101 1 010 S iiiiiii vvvvv bbbbb vvvvv : stp ldp : not3 save
zz 101 1 011 S iiiiiii vvvvv BBBBB vvvvv : stp ldp : not3 save

# One register, immediate
SS 111 0 00 00 0 iiiiiiiii 00 bbbbb rrrrr : sturb sturh stur stur
SS 111 0 00 01 0 iiiiiiiii 00 bbbbb ddddd : ldurb ldurh ldur ldur
SS 111 0 00 10 0 iiiiiiiii 00 bbbbb ddddd : ldursb ldursh ldursw -
SS 111 0 00 11 0 iiiiiiiii 00 bbbbb ddddd : ldursb ldursh - -
11 111 0 00 10 0 iiiiiiiii 00 bbbbb zzzzz : prfum
zz 111 1 00 0S 0 iiiiiiiii 00 bbbbb vvvvv : stur ldur
00 111 1 00 1S 0 iiiiiiiii 00 bbbbb vvvvv : stur ldur
SS 111 0 00 00 0 iiiiiiiii 10 bbbbb rrrrr : sttrb sttrh sttr sttr
SS 111 0 00 01 0 iiiiiiiii 10 bbbbb ddddd : ldtrb ldtrh ldtr ldtr
SS 111 0 00 10 0 iiiiiiiii 10 bbbbb ddddd : ldtrsb ldtrsh ldtrsw -
SS 111 0 00 11 0 iiiiiiiii 10 bbbbb ddddd : ldtrsb ldtrsh - -
SS 111 0 00 00 0 iiiiiiiii z1 BBBBB rrrrr : strb strh str str : save
SS 111 0 00 01 0 iiiiiiiii z1 BBBBB ddddd : ldrb ldrh ldr ldr : save
SS 111 0 00 10 0 iiiiiiiii z1 BBBBB ddddd : ldrsb ldrsh ldrsw -
SS 111 0 00 11 0 iiiiiiiii z1 BBBBB ddddd : ldrsb ldrsh - -
zz 111 1 00 0S 0 iiiiiiiii z1 BBBBB vvvvv : str ldr : save
00 111 1 00 1S 0 iiiiiiiii z1 BBBBB vvvvv : str ldr
SS 111 0 01 00 iiiiiiiiiiii bbbbb rrrrr : strb strh str str : lo12 save
SS 111 0 01 01 iiiiiiiiiiii bbbbb ddddd : ldrb ldrh ldr ldr : lo12 save
SS 111 0 01 10 iiiiiiiiiiii bbbbb ddddd : ldrsb ldrsh ldrsw - : lo12
SS 111 0 01 11 iiiiiiiiiiii bbbbb ddddd : ldrsb ldrsh - - : lo12
11 111 0 01 10 iiiiiiiiiiii bbbbb zzzzz : prfm : lo12
zz 111 1 01 0S iiiiiiiiiiii bbbbb vvvvv : str ldr : lo12 save
00 111 1 01 1S iiiiiiiiiiii bbbbb vvvvv : str ldr : lo12
11 111 0 00 S i 1 iiiiiiiii 01 bbbbb ddddd : ldraa ldrab
11 111 0 00 S i 1 iiiiiiiii 11 BBBBB ddddd : ldraa ldrab

# One register, register offset
SS 111 0 00 00 1 rrrrr z1z z 10 bbbbb rrrrr : strb strh str str
SS 111 0 00 01 1 rrrrr z1z z 10 bbbbb ddddd : ldrb ldrh ldr ldr
SS 111 0 00 10 1 rrrrr z1z z 10 bbbbb ddddd : ldrsb ldrsh ldrsw -
SS 111 0 00 11 1 rrrrr z1z z 10 bbbbb ddddd : ldrsb ldrsh - -
11 111 0 00 10 1 rrrrr z1z z 10 bbbbb zzzzz : prfm
zz 111 1 00 0S 1 rrrrr z1z z 10 bbbbb vvvvv : str ldr
00 111 1 00 1S 1 rrrrr z1z z 10 bbbbb vvvvv : str ldr

# Memory tags
11011001 SS 1 000000000 00 bbbbb rrrrr : stzgm - stgm ldgm
11011001 01 1 iiiiiiiii 00 bbbbb ddddd : ldg
11011001 SS 1 iiiiiiiii z1 BBBBB RRRRR : stg stzg st2g stz2g
11011001 SS 1 iiiiiiiii 10 bbbbb RRRRR : stg stzg st2g stz2g

# SIMD structures
${structures}
`;
