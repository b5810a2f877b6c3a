/** VEX forms without a legacy twin: AVX, AVX2, FMA, BMI, mask moves, AMX and later ones. Syntax: spec.ts. */

/** Fused multiply-add, for VEX and EVEX alike: low opcode digit, name, packed or scalar. */
const FMA: readonly (readonly [string, string, boolean])[] = [
  ['6', 'fmaddsub', true],
  ['7', 'fmsubadd', true],
  ['8', 'fmadd', true],
  ['9', 'fmadd', false],
  ['A', 'fmsub', true],
  ['B', 'fmsub', false],
  ['C', 'fnmadd', true],
  ['D', 'fnmadd', false],
  ['E', 'fnmsub', true],
  ['F', 'fnmsub', false],
];

function fmaLines(): string[] {
  const lines: string[] = [];
  for (const [high, order] of [
    ['9', '132'],
    ['A', '213'],
    ['B', '231'],
  ] as const) {
    for (const [low, name, packed] of FMA) {
      const op = high + low;
      if (packed) {
        lines.push(`V.66.0F38.W0.${op} v${name}${order}ps Vx,Hx,Wx`, `V.66.0F38.W1.${op} v${name}${order}pd Vx,Hx,Wx`);
        lines.push(`E.66.0F38.W0.${op} v${name}${order}ps Vx,Hx,Wx kz b32 er`);
        lines.push(`E.66.0F38.W1.${op} v${name}${order}pd Vx,Hx,Wx kz b64 er`);
        lines.push(`E.66.M6.W0.${op} v${name}${order}ph Vx,Hx,Wx kz b16 er`);
      } else {
        lines.push(`V.66.0F38.W0.${op} v${name}${order}ss Vo,Ho,Wd`, `V.66.0F38.W1.${op} v${name}${order}sd Vo,Ho,Wq`);
        lines.push(`E.66.0F38.W0.${op} v${name}${order}ss Vo,Ho,Wd kz er`);
        lines.push(`E.66.0F38.W1.${op} v${name}${order}sd Vo,Ho,Wq kz er`);
        lines.push(`E.66.M6.W0.${op} v${name}${order}sh Vo,Ho,Ww kz er`);
      }
    }
  }
  return lines;
}

/** AMD's four-operand FMA4: opcode, name, element (s: scalar single, d: scalar double, x: packed). */
const FMA4: readonly (readonly [string, string, string])[] = [
  ['5C', 'vfmaddsubps', 'x'],
  ['5D', 'vfmaddsubpd', 'x'],
  ['5E', 'vfmsubaddps', 'x'],
  ['5F', 'vfmsubaddpd', 'x'],
  ['68', 'vfmaddps', 'x'],
  ['69', 'vfmaddpd', 'x'],
  ['6A', 'vfmaddss', 'd'],
  ['6B', 'vfmaddsd', 'q'],
  ['6C', 'vfmsubps', 'x'],
  ['6D', 'vfmsubpd', 'x'],
  ['6E', 'vfmsubss', 'd'],
  ['6F', 'vfmsubsd', 'q'],
  ['78', 'vfnmaddps', 'x'],
  ['79', 'vfnmaddpd', 'x'],
  ['7A', 'vfnmaddss', 'd'],
  ['7B', 'vfnmaddsd', 'q'],
  ['7C', 'vfnmsubps', 'x'],
  ['7D', 'vfnmsubpd', 'x'],
  ['7E', 'vfnmsubss', 'd'],
  ['7F', 'vfnmsubsd', 'q'],
];

function fma4Lines(): string[] {
  return FMA4.flatMap(([op, name, element]) => {
    const v = element === 'x' ? 'x' : 'o';
    return [
      `V.66.0F3A.W0.${op} ${name} V${v},H${v},W${element},L${v}`,
      `V.66.0F3A.W1.${op} ${name} V${v},H${v},L${v},W${element}`,
    ];
  });
}

const CONDITIONS = ['o', 'no', 'b', 'nb', 'z', 'nz', 'be', 'nbe', 's', 'ns', 'p', 'np', 'l', 'nl', 'le', 'nle'];

function cmpccxaddLines(): string[] {
  return CONDITIONS.flatMap((cc, i) => {
    const op = `E${i.toString(16).toUpperCase()}`;
    return [`M64.V.66.0F38.W0.L0.${op}:m cmp${cc}xadd Md,Gd,Bd`, `M64.V.66.0F38.W1.L0.${op}:m cmp${cc}xadd Mq,Gq,Bq`];
  });
}

/** Mask register arithmetic: opcode, name, operands. */
const MASK_OPS: readonly (readonly [string, string, string, string])[] = [
  ['41', 'kand', 'L1', 'kG,kH,kR'],
  ['42', 'kandn', 'L1', 'kG,kH,kR'],
  ['44', 'knot', 'L0', 'kG,kR'],
  ['45', 'kor', 'L1', 'kG,kH,kR'],
  ['46', 'kxnor', 'L1', 'kG,kH,kR'],
  ['47', 'kxor', 'L1', 'kG,kH,kR'],
  ['4A', 'kadd', 'L1', 'kG,kH,kR'],
  ['98', 'kortest', 'L0', 'kG,kR'],
  ['99', 'ktest', 'L0', 'kG,kR'],
];

function maskLines(): string[] {
  const lines = MASK_OPS.flatMap(([op, name, l, operands]) => [
    `V.NP.0F.W0.${l}.${op}:r ${name}w ${operands}`,
    `V.NP.0F.W1.${l}.${op}:r ${name}q ${operands}`,
    `V.66.0F.W0.${l}.${op}:r ${name}b ${operands}`,
    `V.66.0F.W1.${l}.${op}:r ${name}d ${operands}`,
  ]);
  for (const [direction, op] of [
    ['r', '30'],
    ['l', '32'],
  ] as const) {
    const second = op === '30' ? '31' : '33';
    lines.push(
      `V.66.0F3A.W0.L0.${op}:r kshift${direction}b kG,kR,Ib`,
      `V.66.0F3A.W1.L0.${op}:r kshift${direction}w kG,kR,Ib`,
    );
    lines.push(`V.66.0F3A.W0.L0.${second}:r kshift${direction}d kG,kR,Ib`);
    lines.push(`V.66.0F3A.W1.L0.${second}:r kshift${direction}q kG,kR,Ib`);
  }
  return lines;
}

const OTHERS = `
V.F2.0F.L0.12 vmovddup Vo,Wq
V.F2.0F.L1.12 vmovddup Vx,Wx
V.NP.0F.5A vcvtps2pd Vx,Wh
V.66.0F.5A vcvtpd2ps Vo,Wx
V.66.0F.W0.L0.6E vmovd Vo,Ed
V.66.0F.W1.L0.6E vmovq Vo,Eq
V.66.0F.W0.L0.7E vmovd Ed,Vo
V.66.0F.W1.L0.7E vmovq Eq,Vo
V.NP.0F.L0.77 vzeroupper -
V.NP.0F.L1.77 vzeroall -
V.NP.0F.L0.AE/2:m vldmxcsr Md
V.NP.0F.L0.AE/3:m vstmxcsr Md
V.66.0F.E6 vcvttpd2dq Vo,Wx
V.F3.0F.E6 vcvtdq2pd Vx,Wh
V.F2.0F.E6 vcvtpd2dq Vo,Wx
V.NP.0F.W0.L0.90 kmovw kG,kE:w
V.NP.0F.W1.L0.90 kmovq kG,kE:q
V.66.0F.W0.L0.90 kmovb kG,kE:b
V.66.0F.W1.L0.90 kmovd kG,kE:d
V.NP.0F.W0.L0.91:m kmovw Mw,kG
V.NP.0F.W1.L0.91:m kmovq Mq,kG
V.66.0F.W0.L0.91:m kmovb Mb,kG
V.66.0F.W1.L0.91:m kmovd Md,kG
V.NP.0F.W0.L0.92:r kmovw kG,Rd
V.66.0F.W0.L0.92:r kmovb kG,Rd
V.F2.0F.W0.L0.92:r kmovd kG,Rd
V.F2.0F.W1.L0.92:r kmovq kG,Rq
V.NP.0F.W0.L0.93:r kmovw Gd,kR
V.66.0F.W0.L0.93:r kmovb Gd,kR
V.F2.0F.W0.L0.93:r kmovd Gd,kR
V.F2.0F.W1.L0.93:r kmovq Gq,kR
V.NP.0F.W0.L1.4B:r kunpckwd kG,kH,kR
V.NP.0F.W1.L1.4B:r kunpckdq kG,kH,kR
V.66.0F.W0.L1.4B:r kunpckbw kG,kH,kR
V.66.0F38.W0.0C vpermilps Vx,Hx,Wx
V.66.0F38.W0.0D vpermilpd Vx,Hx,Wx
V.66.0F38.W0.0E vtestps Vx,Wx
V.66.0F38.W0.0F vtestpd Vx,Wx
V.66.0F38.W0.13 vcvtph2ps Vx,Wh
V.66.0F38.W0.L1.16 vpermps Vx,Hx,Wx
V.66.0F38.W0.18 vbroadcastss Vx,Wd
V.66.0F38.W0.L1.19 vbroadcastsd Vx,Wq
V.66.0F38.W0.L1.1A:m vbroadcastf128 Vx,Mo
V.66.0F38.W0.2C:m vmaskmovps Vx,Hx,Mx
V.66.0F38.W0.2D:m vmaskmovpd Vx,Hx,Mx
V.66.0F38.W0.2E:m vmaskmovps Mx,Hx,Vx
V.66.0F38.W0.2F:m vmaskmovpd Mx,Hx,Vx
V.66.0F38.W0.L1.36 vpermd Vx,Hx,Wx
V.66.0F38.W0.45 vpsrlvd Vx,Hx,Wx
V.66.0F38.W1.45 vpsrlvq Vx,Hx,Wx
V.66.0F38.W0.46 vpsravd Vx,Hx,Wx
V.66.0F38.W0.47 vpsllvd Vx,Hx,Wx
V.66.0F38.W1.47 vpsllvq Vx,Hx,Wx
V.NP.0F38.W0.50 vpdpbuud Vx,Hx,Wx
V.66.0F38.W0.50 vpdpbusd Vx,Hx,Wx
V.F3.0F38.W0.50 vpdpbsud Vx,Hx,Wx
V.F2.0F38.W0.50 vpdpbssd Vx,Hx,Wx
V.NP.0F38.W0.51 vpdpbuuds Vx,Hx,Wx
V.66.0F38.W0.51 vpdpbusds Vx,Hx,Wx
V.F3.0F38.W0.51 vpdpbsuds Vx,Hx,Wx
V.F2.0F38.W0.51 vpdpbssds Vx,Hx,Wx
V.66.0F38.W0.52 vpdpwssd Vx,Hx,Wx
V.66.0F38.W0.53 vpdpwssds Vx,Hx,Wx
V.66.0F38.W0.58 vpbroadcastd Vx,Wd
V.66.0F38.W0.59 vpbroadcastq Vx,Wq
V.66.0F38.W0.L1.5A:m vbroadcasti128 Vx,Mo
V.F3.0F38.W0.72 vcvtneps2bf16 Vo,Wx
V.66.0F38.W0.78 vpbroadcastb Vx,Wb
V.66.0F38.W0.79 vpbroadcastw Vx,Ww
V.66.0F38.W0.8C:m vpmaskmovd Vx,Hx,Mx
V.66.0F38.W1.8C:m vpmaskmovq Vx,Hx,Mx
V.66.0F38.W0.8E:m vpmaskmovd Mx,Hx,Vx
V.66.0F38.W1.8E:m vpmaskmovq Mx,Hx,Vx
V.66.0F38.W0.90:m vpgatherdd Vx,Md,Hx vx
V.66.0F38.W1.90:m vpgatherdq Vx,Mq,Hx vh
V.66.0F38.W0.L0.91:m vpgatherqd Vo,Md,Ho vx
V.66.0F38.W0.L1.91:m vpgatherqd Vo,Md,Ho vx
V.66.0F38.W1.91:m vpgatherqq Vx,Mq,Hx vx
V.66.0F38.W0.92:m vgatherdps Vx,Md,Hx vx
V.66.0F38.W1.92:m vgatherdpd Vx,Mq,Hx vh
V.66.0F38.W0.93:m vgatherqps Vo,Md,Ho vx
V.66.0F38.W1.93:m vgatherqpd Vx,Mq,Hx vx
V.NP.0F38.W0.B0:m vcvtneoph2ps Vx,Mx
V.66.0F38.W0.B0:m vcvtneeph2ps Vx,Mx
V.F3.0F38.W0.B0:m vcvtneebf162ps Vx,Mx
V.F2.0F38.W0.B0:m vcvtneobf162ps Vx,Mx
V.66.0F38.W0.B1:m vbcstnesh2ps Vx,Mw
V.F3.0F38.W0.B1:m vbcstnebf162ps Vx,Mw
V.66.0F38.W1.B4 vpmadd52luq Vx,Hx,Wx
V.66.0F38.W1.B5 vpmadd52huq Vx,Hx,Wx
V.F2.0F38.W0.L1.CB:r vsha512rnds2 Vx,Hx,Uo
V.F2.0F38.W0.L1.CC:r vsha512msg1 Vx,Uo
V.F2.0F38.W0.L1.CD:r vsha512msg2 Vx,Ux
V.NP.0F38.W0.D2 vpdpwuud Vx,Hx,Wx
V.66.0F38.W0.D2 vpdpwusd Vx,Hx,Wx
V.F3.0F38.W0.D2 vpdpwsud Vx,Hx,Wx
V.NP.0F38.W0.D3 vpdpwuuds Vx,Hx,Wx
V.66.0F38.W0.D3 vpdpwusds Vx,Hx,Wx
V.F3.0F38.W0.D3 vpdpwsuds Vx,Hx,Wx
V.NP.0F38.W0.L0.DA vsm3msg1 Vo,Ho,Wo
V.66.0F38.W0.L0.DA vsm3msg2 Vo,Ho,Wo
V.F3.0F38.W0.DA vsm4key4 Vx,Hx,Wx
V.F2.0F38.W0.DA vsm4rnds4 Vx,Hx,Wx
V.66.0F3A.W0.L0.DE vsm3rnds2 Vo,Ho,Wo,Ib
V.NP.0F38.L0.F2 andn Gy,By,Ey
V.NP.0F38.L0.F3/1 blsr By,Ey
V.NP.0F38.L0.F3/2 blsmsk By,Ey
V.NP.0F38.L0.F3/3 blsi By,Ey
V.NP.0F38.L0.F5 bzhi Gy,Ey,By
V.F3.0F38.L0.F5 pext Gy,By,Ey
V.F2.0F38.L0.F5 pdep Gy,By,Ey
V.F2.0F38.L0.F6 mulx Gy,By,Ey
V.NP.0F38.L0.F7 bextr Gy,Ey,By
V.66.0F38.L0.F7 shlx Gy,Ey,By
V.F3.0F38.L0.F7 sarx Gy,Ey,By
V.F2.0F38.L0.F7 shrx Gy,Ey,By
V.66.0F3A.W1.L1.00 vpermq Vx,Wx,Ib
V.66.0F3A.W1.L1.01 vpermpd Vx,Wx,Ib
V.66.0F3A.W0.02 vpblendd Vx,Hx,Wx,Ib
V.66.0F3A.W0.04 vpermilps Vx,Wx,Ib
V.66.0F3A.W0.05 vpermilpd Vx,Wx,Ib
V.66.0F3A.W0.L1.06 vperm2f128 Vx,Hx,Wx,Ib
V.66.0F3A.W0.L1.18 vinsertf128 Vx,Hx,Wo,Ib
V.66.0F3A.W0.L1.19 vextractf128 Wo,Vx,Ib
V.66.0F3A.W0.1D vcvtps2ph Wh,Vx,Ib
V.66.0F3A.W0.L1.38 vinserti128 Vx,Hx,Wo,Ib
V.66.0F3A.W0.L1.39 vextracti128 Wo,Vx,Ib
V.66.0F3A.W0.L1.46 vperm2i128 Vx,Hx,Wx,Ib
V.66.0F3A.W0.48 vpermil2ps Vx,Hx,Wx,Lx,I2
V.66.0F3A.W1.48 vpermil2ps Vx,Hx,Lx,Wx,I2
V.66.0F3A.W0.49 vpermil2pd Vx,Hx,Wx,Lx,I2
V.66.0F3A.W1.49 vpermil2pd Vx,Hx,Lx,Wx,I2
V.66.0F3A.W0.4A vblendvps Vx,Hx,Wx,Lx
V.66.0F3A.W0.4B vblendvpd Vx,Hx,Wx,Lx
V.66.0F3A.W0.4C vpblendvb Vx,Hx,Wx,Lx
V.F2.0F3A.L0.F0 rorx Gy,Ey,Ib
M64.V.NP.0F38.W0.L0.49/0:m ldtilecfg Mn
M64.V.66.0F38.W0.L0.49/0:m sttilecfg Mn
M64.V.NP.0F38.W0.L0.49/0:r0 tilerelease -
M64.V.F2.0F38.W0.L0.49:r0 tilezero tG
M64.V.F2.0F38.W0.L0.4B:m tileloadd tG,Mn sib
M64.V.66.0F38.W0.L0.4B:m tileloaddt1 tG,Mn sib
M64.V.F3.0F38.W0.L0.4B:m tilestored Mn,tG sib
M64.V.F3.0F38.W0.L0.5C:r tdpbf16ps tG,tR,tH uq
M64.V.F2.0F38.W0.L0.5C:r tdpfp16ps tG,tR,tH uq
M64.V.NP.0F38.W0.L0.5E:r tdpbuud tG,tR,tH uq
M64.V.66.0F38.W0.L0.5E:r tdpbusd tG,tR,tH uq
M64.V.F3.0F38.W0.L0.5E:r tdpbsud tG,tR,tH uq
M64.V.F2.0F38.W0.L0.5E:r tdpbssd tG,tR,tH uq
M64.V.NP.0F38.W0.L0.6C:r tcmmrlfp16ps tG,tR,tH uq
M64.V.66.0F38.W0.L0.6C:r tcmmimfp16ps tG,tR,tH uq
M64.V.F3.M7.W0.L0.F8/0:r uwrmsr I4,Rq
M64.V.F2.M7.W0.L0.F8/0:r urdmsr Rq,I4
`;

export const VEX_SPEC: readonly string[] = [
  ...fmaLines(),
  ...fma4Lines(),
  ...cmpccxaddLines(),
  ...maskLines(),
  ...OTHERS.split('\n').filter((line) => line !== ''),
];
