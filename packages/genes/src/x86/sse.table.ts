/**
 * MMX and SSE, with the VEX and EVEX forms that follow from them by rule (`v…` and `e=` flags). Syntax: spec.ts.
 * Order of the lines has no meaning.
 */

/** opcode, name, precision dependent EVEX rounding: packed single, packed double, scalar single, scalar double. */
const ARITHMETIC: readonly (readonly [string, string, string])[] = [
  ['58', 'add', 'er'],
  ['59', 'mul', 'er'],
  ['5C', 'sub', 'er'],
  ['5D', 'min', 'sae'],
  ['5E', 'div', 'er'],
  ['5F', 'max', 'sae'],
];

const LOGIC: readonly (readonly [string, string])[] = [
  ['14', 'unpcklp'],
  ['15', 'unpckhp'],
  ['54', 'andp'],
  ['55', 'andnp'],
  ['56', 'orp'],
  ['57', 'xorp'],
];

/** opcode, name, EVEX form (`-` none), memory operand of the MMX form. All have MMX, SSE and VEX forms. */
const INTEGER: readonly (readonly [string, string, string, string?])[] = [
  ['60', 'punpcklbw', 'kz', 'Qq:d'],
  ['61', 'punpcklwd', 'kz', 'Qq:d'],
  ['62', 'punpckldq', 'W0,kz,b32', 'Qq:d'],
  ['63', 'packsswb', 'kz'],
  ['64', 'pcmpgtb', '-'],
  ['65', 'pcmpgtw', '-'],
  ['66', 'pcmpgtd', '-'],
  ['67', 'packuswb', 'kz'],
  ['68', 'punpckhbw', 'kz'],
  ['69', 'punpckhwd', 'kz'],
  ['6A', 'punpckhdq', 'W0,kz,b32'],
  ['6B', 'packssdw', 'W0,kz,b32'],
  ['74', 'pcmpeqb', '-'],
  ['75', 'pcmpeqw', '-'],
  ['76', 'pcmpeqd', '-'],
  ['D4', 'paddq', 'W1,kz,b64'],
  ['D5', 'pmullw', 'kz'],
  ['D8', 'psubusb', 'kz'],
  ['D9', 'psubusw', 'kz'],
  ['DA', 'pminub', 'kz'],
  ['DB', 'pand', '-'],
  ['DC', 'paddusb', 'kz'],
  ['DD', 'paddusw', 'kz'],
  ['DE', 'pmaxub', 'kz'],
  ['DF', 'pandn', '-'],
  ['E0', 'pavgb', 'kz'],
  ['E3', 'pavgw', 'kz'],
  ['E4', 'pmulhuw', 'kz'],
  ['E5', 'pmulhw', 'kz'],
  ['E8', 'psubsb', 'kz'],
  ['E9', 'psubsw', 'kz'],
  ['EA', 'pminsw', 'kz'],
  ['EB', 'por', '-'],
  ['EC', 'paddsb', 'kz'],
  ['ED', 'paddsw', 'kz'],
  ['EE', 'pmaxsw', 'kz'],
  ['EF', 'pxor', '-'],
  ['F4', 'pmuludq', 'W1,kz,b64'],
  ['F5', 'pmaddwd', 'kz'],
  ['F6', 'psadbw', 'plain'],
  ['F8', 'psubb', 'kz'],
  ['F9', 'psubw', 'kz'],
  ['FA', 'psubd', 'W0,kz,b32'],
  ['FB', 'psubq', 'W1,kz,b64'],
  ['FC', 'paddb', 'kz'],
  ['FD', 'paddw', 'kz'],
  ['FE', 'paddd', 'W0,kz,b32'],
];

/** SSSE3: MMX and SSE forms in map 0F38. */
const INTEGER_38: readonly (readonly [string, string, string])[] = [
  ['00', 'pshufb', 'kz'],
  ['01', 'phaddw', '-'],
  ['02', 'phaddd', '-'],
  ['03', 'phaddsw', '-'],
  ['04', 'pmaddubsw', 'kz'],
  ['05', 'phsubw', '-'],
  ['06', 'phsubd', '-'],
  ['07', 'phsubsw', '-'],
  ['08', 'psignb', '-'],
  ['09', 'psignw', '-'],
  ['0A', 'psignd', '-'],
  ['0B', 'pmulhrsw', 'kz'],
];

/** Shift by an XMM count: opcode, name, EVEX. */
const SHIFTS: readonly (readonly [string, string, string])[] = [
  ['D1', 'psrlw', 'kz'],
  ['D2', 'psrld', 'W0,kz'],
  ['D3', 'psrlq', 'W1,kz'],
  ['E1', 'psraw', 'kz'],
  ['E2', 'psrad', 'W0,kz'],
  ['F1', 'psllw', 'kz'],
  ['F2', 'pslld', 'W0,kz'],
  ['F3', 'psllq', 'W1,kz'],
];

/** Shift by an immediate: opcode, reg field, name, EVEX. */
const IMMEDIATE_SHIFTS: readonly (readonly [string, number, string, string])[] = [
  ['71', 2, 'psrlw', 'kz'],
  ['71', 4, 'psraw', 'kz'],
  ['71', 6, 'psllw', 'kz'],
  ['72', 2, 'psrld', 'W0,kz,b32'],
  ['72', 4, 'psrad', 'W0,kz,b32'],
  ['72', 6, 'pslld', 'W0,kz,b32'],
  ['73', 2, 'psrlq', 'W1,kz,b64'],
  ['73', 6, 'psllq', 'W1,kz,b64'],
];

/** Sign and zero extensions of SSE4.1: low opcode digit, suffix, memory part of the vector, EVEX. */
const EXTENSIONS: readonly (readonly [string, string, string, string, string])[] = [
  ['0', 'bw', 'q', 'h', 'kz'],
  ['1', 'bd', 'd', 'f', 'kz'],
  ['2', 'bq', 'w', 'e', 'kz'],
  ['3', 'wd', 'q', 'h', 'kz'],
  ['4', 'wq', 'd', 'f', 'kz'],
  ['5', 'dq', 'q', 'h', 'W0,kz'],
];

function arithmeticLines(): string[] {
  return ARITHMETIC.flatMap(([op, name, rounding]) => [
    `NP.0F.${op} ${name}ps Vo,Wo v3 e=W0,kz,b32,${rounding}`,
    `66.0F.${op} ${name}pd Vo,Wo v3 e=W1,kz,b64,${rounding}`,
    `F3.0F.${op} ${name}ss Vo,Wd v3s e=W0,kz,${rounding}`,
    `F2.0F.${op} ${name}sd Vo,Wq v3s e=W1,kz,${rounding}`,
  ]);
}

function integerLines(): string[] {
  const lines: string[] = LOGIC.flatMap(([op, name]) => [
    `NP.0F.${op} ${name}s Vo,Wo v3 e=W0,kz,b32`,
    `66.0F.${op} ${name}d Vo,Wo v3 e=W1,kz,b64`,
  ]);
  for (const [op, name, evex, memory] of INTEGER) {
    lines.push(`NP.0F.${op} ${name} Pq,${memory ?? 'Qq'}`);
    lines.push(`66.0F.${op} ${name} Vo,Wo v3${evex === '-' ? '' : ` e=${evex}`}`);
  }
  for (const [op, name, evex] of INTEGER_38) {
    lines.push(`NP.0F38.${op} ${name} Pq,Qq`);
    lines.push(`66.0F38.${op} ${name} Vo,Wo v3${evex === '-' ? '' : ` e=${evex}`}`);
  }
  return lines;
}

function shiftLines(): string[] {
  const lines: string[] = [];
  for (const [op, name, evex] of SHIFTS) {
    lines.push(`NP.0F.${op} ${name} Pq,Qq`, `66.0F.${op} ${name} Vo,Wo`);
    lines.push(`V.66.0F.${op} v${name} Vx,Hx,Wo`);
    const w = evex.startsWith('W') ? `${evex.slice(0, 2)}.` : '';
    lines.push(`E.66.0F.${w}${op} v${name} Vx,Hx,Wo kz`);
  }
  for (const [op, reg, name, evex] of IMMEDIATE_SHIFTS) {
    lines.push(`NP.0F.${op}/${reg}:r ${name} Nq,Ib`, `66.0F.${op}/${reg}:r ${name} Uo,Ib`);
    lines.push(`V.66.0F.${op}/${reg}:r v${name} Hx,Ux,Ib`);
    const [first = '', ...rest] = evex.split(',');
    const w = first.startsWith('W') ? `${first}.` : '';
    lines.push(`E.66.0F.${w}${op}/${reg} v${name} Hx,Wx,Ib ${w === '' ? evex : rest.join(' ')}`);
  }
  return lines;
}

function extensionLines(): string[] {
  return ['s', 'z'].flatMap((sign) =>
    EXTENSIONS.flatMap(([digit, suffix, legacy, part, evex]) => {
      const op = `${sign === 's' ? '2' : '3'}${digit}`;
      const w = evex.startsWith('W0') ? 'W0.' : '';
      return [
        `66.0F38.${op} pmov${sign}x${suffix} Vo,W${legacy}`,
        `V.66.0F38.${op} vpmov${sign}x${suffix} Vx,W${part}`,
        `E.66.0F38.${w}${op} vpmov${sign}x${suffix} Vx,W${part} kz`,
      ];
    }),
  );
}

const OTHERS = `
NP.0F.10 movups Vo,Wo v2 e=W0,kz
66.0F.10 movupd Vo,Wo v2 e=W1,kz
F3.0F.10:m movss Vo,Md v2s e=W0,kz
F3.0F.10:r movss Vo,Ud v3s e=W0,kz
F2.0F.10:m movsd Vo,Mq v2s e=W1,kz
F2.0F.10:r movsd Vo,Uq v3s e=W1,kz
NP.0F.11 movups Wo,Vo v2 e=W0,kz
66.0F.11 movupd Wo,Vo v2 e=W1,kz
F3.0F.11:m movss Md,Vo v2s e=W0,k
F3.0F.11:r movss Ud,Vo v3s e=W0,kz
F2.0F.11:m movsd Mq,Vo v2s e=W1,k
F2.0F.11:r movsd Uq,Vo v3s e=W1,kz
NP.0F.12:m movlps Vo,Mq v3l e=W0
NP.0F.12:r movhlps Vo,Uo v3l e=W0
66.0F.12:m movlpd Vo,Mq v3l e=W1
F3.0F.12 movsldup Vo,Wo v2 e=W0,kz
F2.0F.12 movddup Vo,Wq
NP.0F.13:m movlps Mq,Vo v2l e=W0
66.0F.13:m movlpd Mq,Vo v2l e=W1
NP.0F.16:m movhps Vo,Mq v3l e=W0
NP.0F.16:r movlhps Vo,Uo v3l e=W0
66.0F.16:m movhpd Vo,Mq v3l e=W1
F3.0F.16 movshdup Vo,Wo v2 e=W0,kz
NP.0F.17:m movhps Mq,Vo v2l e=W0
66.0F.17:m movhpd Mq,Vo v2l e=W1
NP.0F.28 movaps Vo,Wo v2 e=W0,kz
66.0F.28 movapd Vo,Wo v2 e=W1,kz
NP.0F.29 movaps Wo,Vo v2 e=W0,kz
66.0F.29 movapd Wo,Vo v2 e=W1,kz
NP.0F.2A cvtpi2ps Vo,Qq
66.0F.2A cvtpi2pd Vo,Qq
F3.0F.2A cvtsi2ss Vo,Ey v3s e=er
F2.0F.2A cvtsi2sd Vo,Ey v3s e=er
NP.0F.2B:m movntps Mo,Vo v2 e=W0
66.0F.2B:m movntpd Mo,Vo v2 e=W1
F3.0F.2B:m movntss Md,Vo
F2.0F.2B:m movntsd Mq,Vo
NP.0F.2C cvttps2pi Pq,Wq
66.0F.2C cvttpd2pi Pq,Wo
F3.0F.2C cvttss2si Gy,Wd v2s e=sae
F2.0F.2C cvttsd2si Gy,Wq v2s e=sae
NP.0F.2D cvtps2pi Pq,Wq
66.0F.2D cvtpd2pi Pq,Wo
F3.0F.2D cvtss2si Gy,Wd v2s e=er
F2.0F.2D cvtsd2si Gy,Wq v2s e=er
NP.0F.2E ucomiss Vo,Wd v2s e=W0,sae
66.0F.2E ucomisd Vo,Wq v2s e=W1,sae
NP.0F.2F comiss Vo,Wd v2s e=W0,sae
66.0F.2F comisd Vo,Wq v2s e=W1,sae
NP.0F.50:r movmskps Gy,Uo v2
66.0F.50:r movmskpd Gy,Uo v2
NP.0F.51 sqrtps Vo,Wo v2 e=W0,kz,b32,er
66.0F.51 sqrtpd Vo,Wo v2 e=W1,kz,b64,er
F3.0F.51 sqrtss Vo,Wd v3s e=W0,kz,er
F2.0F.51 sqrtsd Vo,Wq v3s e=W1,kz,er
NP.0F.52 rsqrtps Vo,Wo v2
F3.0F.52 rsqrtss Vo,Wd v3s
NP.0F.53 rcpps Vo,Wo v2
F3.0F.53 rcpss Vo,Wd v3s
NP.0F.5A cvtps2pd Vo,Wq
66.0F.5A cvtpd2ps Vo,Wo
F3.0F.5A cvtss2sd Vo,Wd v3s e=W0,kz,sae
F2.0F.5A cvtsd2ss Vo,Wq v3s e=W1,kz,er
NP.0F.5B cvtdq2ps Vo,Wo v2 e=W0,kz,b32,er
66.0F.5B cvtps2dq Vo,Wo v2 e=W0,kz,b32,er
F3.0F.5B cvttps2dq Vo,Wo v2 e=W0,kz,b32,sae
66.0F.6C punpcklqdq Vo,Wo v3 e=W1,kz,b64
66.0F.6D punpckhqdq Vo,Wo v3 e=W1,kz,b64
O16.NP.0F.6E movd Pq,Ed
O32.NP.0F.6E movd Pq,Ed
O64.NP.0F.6E movq Pq,Eq
O16.66.0F.6E movd Vo,Ed
O32.66.0F.6E movd Vo,Ed
O64.66.0F.6E movq Vo,Eq
NP.0F.6F movq Pq,Qq
66.0F.6F movdqa Vo,Wo v2
F3.0F.6F movdqu Vo,Wo v2
NP.0F.70 pshufw Pq,Qq,Ib
66.0F.70 pshufd Vo,Wo,Ib v2 e=W0,kz,b32
F3.0F.70 pshufhw Vo,Wo,Ib v2 e=kz
F2.0F.70 pshuflw Vo,Wo,Ib v2 e=kz
66.0F.73/3:r psrldq Uo,Ib
66.0F.73/7:r pslldq Uo,Ib
V.66.0F.73/3:r vpsrldq Hx,Ux,Ib
V.66.0F.73/7:r vpslldq Hx,Ux,Ib
E.66.0F.73/3 vpsrldq Hx,Wx,Ib
E.66.0F.73/7 vpslldq Hx,Wx,Ib
NP.0F.77 emms -
66.0F.78/0:r extrq Uo,Ib,I2
F2.0F.78:r insertq Vo,Uo,Ib,I2
66.0F.79:r extrq Vo,Uo
F2.0F.79:r insertq Vo,Uo
66.0F.7C haddpd Vo,Wo v3
F2.0F.7C haddps Vo,Wo v3
66.0F.7D hsubpd Vo,Wo v3
F2.0F.7D hsubps Vo,Wo v3
O16.NP.0F.7E movd Ed,Pq
O32.NP.0F.7E movd Ed,Pq
O64.NP.0F.7E movq Eq,Pq
O16.66.0F.7E movd Ed,Vo
O32.66.0F.7E movd Ed,Vo
O64.66.0F.7E movq Eq,Vo
F3.0F.7E movq Vo,Wq v2l e=W1
NP.0F.7F movq Qq,Pq
66.0F.7F movdqa Wo,Vo v2
F3.0F.7F movdqu Wo,Vo v2
NP.0F.C2 cmpps Vo,Wo,Ib v3
66.0F.C2 cmppd Vo,Wo,Ib v3
F3.0F.C2 cmpss Vo,Wd,Ib v3s
F2.0F.C2 cmpsd Vo,Wq,Ib v3s
NP.0F.C4 pinsrw Pq,Ey:w,Ib
66.0F.C4 pinsrw Vo,Ey:w,Ib
V.66.0F.L0.C4 vpinsrw Vo,Ho,Ey:w,Ib
E.66.0F.L0.C4 vpinsrw Vo,Ho,Ey:w,Ib
NP.0F.C5:r pextrw Gy,Nq,Ib
66.0F.C5:r pextrw Gy,Uo,Ib
V.66.0F.L0.C5:r vpextrw Gy,Uo,Ib
E.66.0F.L0.C5:r vpextrw Gy,Uo,Ib
NP.0F.C6 shufps Vo,Wo,Ib v3 e=W0,kz,b32
66.0F.C6 shufpd Vo,Wo,Ib v3 e=W1,kz,b64
66.0F.D0 addsubpd Vo,Wo v3
F2.0F.D0 addsubps Vo,Wo v3
66.0F.D6 movq Wq,Vo v2l e=W1
F3.0F.D6:r movq2dq Vo,Nq
F2.0F.D6:r movdq2q Pq,Uo
NP.0F.D7:r pmovmskb Gy,Nq
66.0F.D7:r pmovmskb Gy,Uo v2
66.0F.E6 cvttpd2dq Vo,Wo
F3.0F.E6 cvtdq2pd Vo,Wq
F2.0F.E6 cvtpd2dq Vo,Wo
NP.0F.E7:m movntq Mq,Pq
66.0F.E7:m movntdq Mo,Vo v2 e=W0
F2.0F.F0:m lddqu Vo,Mo v2
NP.0F.F7:r maskmovq Xq,Pq,Nq
66.0F.F7:r maskmovdqu Xo,Vo,Uo v2l
66.0F38.10 pblendvb Vo,Wo
66.0F38.14 blendvps Vo,Wo
66.0F38.15 blendvpd Vo,Wo
66.0F38.17 ptest Vo,Wo v2
NP.0F38.1C pabsb Pq,Qq
66.0F38.1C pabsb Vo,Wo v2 e=kz
NP.0F38.1D pabsw Pq,Qq
66.0F38.1D pabsw Vo,Wo v2 e=kz
NP.0F38.1E pabsd Pq,Qq
66.0F38.1E pabsd Vo,Wo v2 e=W0,kz,b32
66.0F38.28 pmuldq Vo,Wo v3 e=W1,kz,b64
66.0F38.29 pcmpeqq Vo,Wo v3
66.0F38.2A:m movntdqa Vo,Mo v2 e=W0
66.0F38.2B packusdw Vo,Wo v3 e=W0,kz,b32
66.0F38.37 pcmpgtq Vo,Wo v3
66.0F38.38 pminsb Vo,Wo v3 e=kz
66.0F38.39 pminsd Vo,Wo v3 e=W0,kz,b32
66.0F38.3A pminuw Vo,Wo v3 e=kz
66.0F38.3B pminud Vo,Wo v3 e=W0,kz,b32
66.0F38.3C pmaxsb Vo,Wo v3 e=kz
66.0F38.3D pmaxsd Vo,Wo v3 e=W0,kz,b32
66.0F38.3E pmaxuw Vo,Wo v3 e=kz
66.0F38.3F pmaxud Vo,Wo v3 e=W0,kz,b32
66.0F38.40 pmulld Vo,Wo v3 e=W0,kz,b32
66.0F38.41 phminposuw Vo,Wo v2l
NP.0F38.C8 sha1nexte Vo,Wo
NP.0F38.C9 sha1msg1 Vo,Wo
NP.0F38.CA sha1msg2 Vo,Wo
NP.0F38.CB sha256rnds2 Vo,Wo
NP.0F38.CC sha256msg1 Vo,Wo
NP.0F38.CD sha256msg2 Vo,Wo
66.0F38.CF gf2p8mulb Vo,Wo
V.66.0F38.W0.CF vgf2p8mulb Vx,Hx,Wx
E.66.0F38.W0.CF vgf2p8mulb Vx,Hx,Wx kz
66.0F38.DB aesimc Vo,Wo v2l
66.0F38.DC aesenc Vo,Wo v3 e=plain
66.0F38.DD aesenclast Vo,Wo v3 e=plain
66.0F38.DE aesdec Vo,Wo v3 e=plain
66.0F38.DF aesdeclast Vo,Wo v3 e=plain
66.0F3A.08 roundps Vo,Wo,Ib v2
66.0F3A.09 roundpd Vo,Wo,Ib v2
66.0F3A.0A roundss Vo,Wd,Ib v3s
66.0F3A.0B roundsd Vo,Wq,Ib v3s
66.0F3A.0C blendps Vo,Wo,Ib v3
66.0F3A.0D blendpd Vo,Wo,Ib v3
66.0F3A.0E pblendw Vo,Wo,Ib v3
NP.0F3A.0F palignr Pq,Qq,Ib
66.0F3A.0F palignr Vo,Wo,Ib v3 e=kz
66.0F3A.14 pextrb Ey:b,Vo,Ib
66.0F3A.15 pextrw Ey:w,Vo,Ib
O16.66.0F3A.16 pextrd Ed,Vo,Ib
O32.66.0F3A.16 pextrd Ed,Vo,Ib
O64.66.0F3A.16 pextrq Eq,Vo,Ib
66.0F3A.17 extractps Ey:d,Vo,Ib
V.66.0F3A.L0.14 vpextrb Ey:b,Vo,Ib
V.66.0F3A.L0.15 vpextrw Ey:w,Vo,Ib
V.66.0F3A.W0.L0.16 vpextrd Ed,Vo,Ib
V.66.0F3A.W1.L0.16 vpextrq Eq,Vo,Ib
V.66.0F3A.L0.17 vextractps Ey:d,Vo,Ib
E.66.0F3A.L0.14 vpextrb Ey:b,Vo,Ib
E.66.0F3A.L0.15 vpextrw Ey:w,Vo,Ib
E.66.0F3A.W0.L0.16 vpextrd Ed,Vo,Ib
E.66.0F3A.W1.L0.16 vpextrq Eq,Vo,Ib
E.66.0F3A.L0.17 vextractps Ey:d,Vo,Ib
66.0F3A.20 pinsrb Vo,Ey:b,Ib
66.0F3A.21 insertps Vo,Wd,Ib v3l e=W0
O16.66.0F3A.22 pinsrd Vo,Ed,Ib
O32.66.0F3A.22 pinsrd Vo,Ed,Ib
O64.66.0F3A.22 pinsrq Vo,Eq,Ib
V.66.0F3A.L0.20 vpinsrb Vo,Ho,Ey:b,Ib
V.66.0F3A.W0.L0.22 vpinsrd Vo,Ho,Ed,Ib
V.66.0F3A.W1.L0.22 vpinsrq Vo,Ho,Eq,Ib
E.66.0F3A.L0.20 vpinsrb Vo,Ho,Ey:b,Ib
E.66.0F3A.W0.L0.22 vpinsrd Vo,Ho,Ed,Ib
E.66.0F3A.W1.L0.22 vpinsrq Vo,Ho,Eq,Ib
66.0F3A.40 dpps Vo,Wo,Ib v3
66.0F3A.41 dppd Vo,Wo,Ib v3l
66.0F3A.42 mpsadbw Vo,Wo,Ib v3
66.0F3A.44 pclmulqdq Vo,Wo,Ib v3 e=plain
O16.66.0F3A.60 pcmpestrm Vo,Wo,Ib
O32.66.0F3A.60 pcmpestrm Vo,Wo,Ib
O64.66.0F3A.60 pcmpestrm64 Vo,Wo,Ib
O16.66.0F3A.61 pcmpestri Vo,Wo,Ib
O32.66.0F3A.61 pcmpestri Vo,Wo,Ib
O64.66.0F3A.61 pcmpestri64 Vo,Wo,Ib
66.0F3A.62 pcmpistrm Vo,Wo,Ib v2l
66.0F3A.63 pcmpistri Vo,Wo,Ib v2l
M64.V.66.0F3A.W0.L0.60 vpcmpestrm Vo,Wo,Ib
M64.V.66.0F3A.W1.L0.60 vpcmpestrm64 Vo,Wo,Ib
M32.V.66.0F3A.L0.60 vpcmpestrm Vo,Wo,Ib
M64.V.66.0F3A.W0.L0.61 vpcmpestri Vo,Wo,Ib
M64.V.66.0F3A.W1.L0.61 vpcmpestri64 Vo,Wo,Ib
M32.V.66.0F3A.L0.61 vpcmpestri Vo,Wo,Ib
NP.0F3A.CC sha1rnds4 Vo,Wo,Ib
66.0F3A.CE gf2p8affineqb Vo,Wo,Ib
66.0F3A.CF gf2p8affineinvqb Vo,Wo,Ib
V.66.0F3A.W1.CE vgf2p8affineqb Vx,Hx,Wx,Ib
V.66.0F3A.W1.CF vgf2p8affineinvqb Vx,Hx,Wx,Ib
E.66.0F3A.W1.CE vgf2p8affineqb Vx,Hx,Wx,Ib kz b64
E.66.0F3A.W1.CF vgf2p8affineinvqb Vx,Hx,Wx,Ib kz b64
66.0F3A.DF aeskeygenassist Vo,Wo,Ib v2l
`;

export const SSE_SPEC: readonly string[] = [
  ...arithmeticLines(),
  ...integerLines(),
  ...shiftLines(),
  ...extensionLines(),
  ...OTHERS.split('\n').filter((line) => line !== ''),
];
