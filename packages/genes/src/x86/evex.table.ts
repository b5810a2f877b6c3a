/** EVEX forms that do not follow from a legacy line by rule: AVX-512 and FP16. Syntax: spec.ts. */

/** Integer and floating compares into a mask register, and the 0F opcodes that split by W. */
const OF_MAP = `
E.66.0F.64 vpcmpgtb kG,Hx,Wx k
E.66.0F.65 vpcmpgtw kG,Hx,Wx k
E.66.0F.W0.66 vpcmpgtd kG,Hx,Wx k b32
E.66.0F.74 vpcmpeqb kG,Hx,Wx k
E.66.0F.75 vpcmpeqw kG,Hx,Wx k
E.66.0F.W0.76 vpcmpeqd kG,Hx,Wx k b32
E.66.0F.W0.DB vpandd Vx,Hx,Wx kz b32
E.66.0F.W1.DB vpandq Vx,Hx,Wx kz b64
E.66.0F.W0.DF vpandnd Vx,Hx,Wx kz b32
E.66.0F.W1.DF vpandnq Vx,Hx,Wx kz b64
E.66.0F.W0.EB vpord Vx,Hx,Wx kz b32
E.66.0F.W1.EB vporq Vx,Hx,Wx kz b64
E.66.0F.W0.EF vpxord Vx,Hx,Wx kz b32
E.66.0F.W1.EF vpxorq Vx,Hx,Wx kz b64
E.66.0F.W1.E2 vpsraq Vx,Hx,Wo kz
E.66.0F.W1.72/4 vpsraq Hx,Wx,Ib kz b64
E.66.0F.W0.72/0 vprord Hx,Wx,Ib kz b32
E.66.0F.W1.72/0 vprorq Hx,Wx,Ib kz b64
E.66.0F.W0.72/1 vprold Hx,Wx,Ib kz b32
E.66.0F.W1.72/1 vprolq Hx,Wx,Ib kz b64
E.F2.0F.W1.L0.12 vmovddup Vo,Wq kz
E.F2.0F.W1.L12.12 vmovddup Vx,Wx kz
E.NP.0F.W0.5A vcvtps2pd Vx,Wh kz b32 sae
E.66.0F.W1.5A vcvtpd2ps Vh,Wx kz b64 er
E.NP.0F.W1.5B vcvtqq2ps Vh,Wx kz b64 er
E.66.0F.W0.L0.6E vmovd Vo,Ed
E.66.0F.W1.L0.6E vmovq Vo,Eq
E.66.0F.W0.L0.7E vmovd Ed,Vo
E.66.0F.W1.L0.7E vmovq Eq,Vo
E.66.0F.W0.6F vmovdqa32 Vx,Wx kz
E.66.0F.W1.6F vmovdqa64 Vx,Wx kz
E.F3.0F.W0.6F vmovdqu32 Vx,Wx kz
E.F3.0F.W1.6F vmovdqu64 Vx,Wx kz
E.F2.0F.W0.6F vmovdqu8 Vx,Wx kz
E.F2.0F.W1.6F vmovdqu16 Vx,Wx kz
E.66.0F.W0.7F vmovdqa32 Wx,Vx kz
E.66.0F.W1.7F vmovdqa64 Wx,Vx kz
E.F3.0F.W0.7F vmovdqu32 Wx,Vx kz
E.F3.0F.W1.7F vmovdqu64 Wx,Vx kz
E.F2.0F.W0.7F vmovdqu8 Wx,Vx kz
E.F2.0F.W1.7F vmovdqu16 Wx,Vx kz
E.NP.0F.W0.78 vcvttps2udq Vx,Wx kz b32 sae
E.NP.0F.W1.78 vcvttpd2udq Vh,Wx kz b64 sae
E.66.0F.W0.78 vcvttps2uqq Vx,Wh kz b32 sae
E.66.0F.W1.78 vcvttpd2uqq Vx,Wx kz b64 sae
E.F3.0F.78 vcvttss2usi Gy,Wd sae
E.F2.0F.78 vcvttsd2usi Gy,Wq sae
E.NP.0F.W0.79 vcvtps2udq Vx,Wx kz b32 er
E.NP.0F.W1.79 vcvtpd2udq Vh,Wx kz b64 er
E.66.0F.W0.79 vcvtps2uqq Vx,Wh kz b32 er
E.66.0F.W1.79 vcvtpd2uqq Vx,Wx kz b64 er
E.F3.0F.79 vcvtss2usi Gy,Wd er
E.F2.0F.79 vcvtsd2usi Gy,Wq er
E.66.0F.W0.7A vcvttps2qq Vx,Wh kz b32 sae
E.66.0F.W1.7A vcvttpd2qq Vx,Wx kz b64 sae
E.F3.0F.W0.7A vcvtudq2pd Vx,Wh kz b32 er
E.F3.0F.W1.7A vcvtuqq2pd Vx,Wx kz b64 er
E.F2.0F.W0.7A vcvtudq2ps Vx,Wx kz b32 er
E.F2.0F.W1.7A vcvtuqq2ps Vh,Wx kz b64 er
E.66.0F.W0.7B vcvtps2qq Vx,Wh kz b32 er
E.66.0F.W1.7B vcvtpd2qq Vx,Wx kz b64 er
E.F3.0F.7B vcvtusi2ss Vo,Ho,Ey er
E.F2.0F.7B vcvtusi2sd Vo,Ho,Ey er
E.NP.0F.W0.C2 vcmpps kG,Hx,Wx,Ib k b32 sae
E.66.0F.W1.C2 vcmppd kG,Hx,Wx,Ib k b64 sae
E.F3.0F.W0.C2 vcmpss kG,Ho,Wd,Ib k sae
E.F2.0F.W1.C2 vcmpsd kG,Ho,Wq,Ib k sae
E.66.0F.W1.E6 vcvttpd2dq Vh,Wx kz b64 sae
E.F3.0F.W0.E6 vcvtdq2pd Vx,Wh kz b32 er
E.F3.0F.W1.E6 vcvtqq2pd Vx,Wx kz b64 er
E.F2.0F.W1.E6 vcvtpd2dq Vh,Wx kz b64 er
`;

/** Truncating moves: opcode digit, suffix, memory part. */
const TRUNCATIONS: readonly (readonly [string, string, string])[] = [
  ['0', 'wb', 'h'],
  ['1', 'db', 'f'],
  ['2', 'qb', 'e'],
  ['3', 'dw', 'h'],
  ['4', 'qw', 'f'],
  ['5', 'qd', 'h'],
];

function truncationLines(): string[] {
  return TRUNCATIONS.flatMap(([digit, suffix, part]) => [
    `E.F3.0F38.W0.1${digit} vpmovus${suffix} W${part},Vx kz`,
    `E.F3.0F38.W0.2${digit} vpmovs${suffix} W${part},Vx kz`,
    `E.F3.0F38.W0.3${digit} vpmov${suffix} W${part},Vx kz`,
  ]);
}

const OF38_MAP = `
E.66.0F38.W0.0C vpermilps Vx,Hx,Wx kz b32
E.66.0F38.W1.0D vpermilpd Vx,Hx,Wx kz b64
E.66.0F38.W1.10 vpsrlvw Vx,Hx,Wx kz
E.66.0F38.W1.11 vpsravw Vx,Hx,Wx kz
E.66.0F38.W1.12 vpsllvw Vx,Hx,Wx kz
E.66.0F38.W0.13 vcvtph2ps Vx,Wh kz sae
E.66.0F38.W0.14 vprorvd Vx,Hx,Wx kz b32
E.66.0F38.W1.14 vprorvq Vx,Hx,Wx kz b64
E.66.0F38.W0.15 vprolvd Vx,Hx,Wx kz b32
E.66.0F38.W1.15 vprolvq Vx,Hx,Wx kz b64
E.66.0F38.W0.L12.16 vpermps Vx,Hx,Wx kz b32
E.66.0F38.W1.L12.16 vpermpd Vx,Hx,Wx kz b64
E.66.0F38.W0.18 vbroadcastss Vx,Wd kz
E.66.0F38.W0.L12.19 vbroadcastf32x2 Vx,Wq kz
E.66.0F38.W1.L12.19 vbroadcastsd Vx,Wq kz
E.66.0F38.W0.L12.1A:m vbroadcastf32x4 Vx,Mo kz
E.66.0F38.W1.L12.1A:m vbroadcastf64x2 Vx,Mo kz
E.66.0F38.W0.L2.1B:m vbroadcastf32x8 Vx,MY kz
E.66.0F38.W1.L2.1B:m vbroadcastf64x4 Vx,MY kz
E.66.0F38.W1.1F vpabsq Vx,Wx kz b64
E.66.0F38.W0.26 vptestmb kG,Hx,Wx k
E.66.0F38.W1.26 vptestmw kG,Hx,Wx k
E.F3.0F38.W0.26 vptestnmb kG,Hx,Wx k
E.F3.0F38.W1.26 vptestnmw kG,Hx,Wx k
E.66.0F38.W0.27 vptestmd kG,Hx,Wx k b32
E.66.0F38.W1.27 vptestmq kG,Hx,Wx k b64
E.F3.0F38.W0.27 vptestnmd kG,Hx,Wx k b32
E.F3.0F38.W1.27 vptestnmq kG,Hx,Wx k b64
E.F3.0F38.W0.28:r vpmovm2b Vx,kR
E.F3.0F38.W1.28:r vpmovm2w Vx,kR
E.66.0F38.W1.29 vpcmpeqq kG,Hx,Wx k b64
E.F3.0F38.W0.29:r vpmovb2m kG,Ux
E.F3.0F38.W1.29:r vpmovw2m kG,Ux
E.F3.0F38.W1.2A:r vpbroadcastmb2q Vx,kR
E.66.0F38.W0.2C vscalefps Vx,Hx,Wx kz b32 er
E.66.0F38.W1.2C vscalefpd Vx,Hx,Wx kz b64 er
E.66.0F38.W0.2D vscalefss Vo,Ho,Wd kz er
E.66.0F38.W1.2D vscalefsd Vo,Ho,Wq kz er
E.66.0F38.W0.L12.36 vpermd Vx,Hx,Wx kz b32
E.66.0F38.W1.L12.36 vpermq Vx,Hx,Wx kz b64
E.66.0F38.W1.37 vpcmpgtq kG,Hx,Wx k b64
E.F3.0F38.W0.38:r vpmovm2d Vx,kR
E.F3.0F38.W1.38:r vpmovm2q Vx,kR
E.F3.0F38.W0.39:r vpmovd2m kG,Ux
E.F3.0F38.W1.39:r vpmovq2m kG,Ux
E.66.0F38.W1.39 vpminsq Vx,Hx,Wx kz b64
E.F3.0F38.W0.3A:r vpbroadcastmw2d Vx,kR
E.66.0F38.W1.3B vpminuq Vx,Hx,Wx kz b64
E.66.0F38.W1.3D vpmaxsq Vx,Hx,Wx kz b64
E.66.0F38.W1.3F vpmaxuq Vx,Hx,Wx kz b64
E.66.0F38.W1.40 vpmullq Vx,Hx,Wx kz b64
E.66.0F38.W0.42 vgetexpps Vx,Wx kz b32 sae
E.66.0F38.W1.42 vgetexppd Vx,Wx kz b64 sae
E.66.0F38.W0.43 vgetexpss Vo,Ho,Wd kz sae
E.66.0F38.W1.43 vgetexpsd Vo,Ho,Wq kz sae
E.66.0F38.W0.44 vplzcntd Vx,Wx kz b32
E.66.0F38.W1.44 vplzcntq Vx,Wx kz b64
E.66.0F38.W0.45 vpsrlvd Vx,Hx,Wx kz b32
E.66.0F38.W1.45 vpsrlvq Vx,Hx,Wx kz b64
E.66.0F38.W0.46 vpsravd Vx,Hx,Wx kz b32
E.66.0F38.W1.46 vpsravq Vx,Hx,Wx kz b64
E.66.0F38.W0.47 vpsllvd Vx,Hx,Wx kz b32
E.66.0F38.W1.47 vpsllvq Vx,Hx,Wx kz b64
E.66.0F38.W0.4C vrcp14ps Vx,Wx kz b32
E.66.0F38.W1.4C vrcp14pd Vx,Wx kz b64
E.66.0F38.W0.4D vrcp14ss Vo,Ho,Wd kz
E.66.0F38.W1.4D vrcp14sd Vo,Ho,Wq kz
E.66.0F38.W0.4E vrsqrt14ps Vx,Wx kz b32
E.66.0F38.W1.4E vrsqrt14pd Vx,Wx kz b64
E.66.0F38.W0.4F vrsqrt14ss Vo,Ho,Wd kz
E.66.0F38.W1.4F vrsqrt14sd Vo,Ho,Wq kz
E.66.0F38.W0.50 vpdpbusd Vx,Hx,Wx kz b32
E.66.0F38.W0.51 vpdpbusds Vx,Hx,Wx kz b32
E.66.0F38.W0.52 vpdpwssd Vx,Hx,Wx kz b32
E.F3.0F38.W0.52 vdpbf16ps Vx,Hx,Wx kz b32
E.F2.0F38.W0.L2.52:m vp4dpwssd Vx,Hx,Mo kz
E.66.0F38.W0.53 vpdpwssds Vx,Hx,Wx kz b32
E.F2.0F38.W0.L2.53:m vp4dpwssds Vx,Hx,Mo kz
E.66.0F38.W0.54 vpopcntb Vx,Wx kz
E.66.0F38.W1.54 vpopcntw Vx,Wx kz
E.66.0F38.W0.55 vpopcntd Vx,Wx kz b32
E.66.0F38.W1.55 vpopcntq Vx,Wx kz b64
E.66.0F38.W0.58 vpbroadcastd Vx,Wd kz
E.66.0F38.W0.59 vbroadcasti32x2 Vx,Wq kz
E.66.0F38.W1.59 vpbroadcastq Vx,Wq kz
E.66.0F38.W0.L12.5A:m vbroadcasti32x4 Vx,Mo kz
E.66.0F38.W1.L12.5A:m vbroadcasti64x2 Vx,Mo kz
E.66.0F38.W0.L2.5B:m vbroadcasti32x8 Vx,MY kz
E.66.0F38.W1.L2.5B:m vbroadcasti64x4 Vx,MY kz
E.66.0F38.W0.62 vpexpandb Vx,Wx kz n1
E.66.0F38.W1.62 vpexpandw Vx,Wx kz n2
E.66.0F38.W0.63 vpcompressb Wx,Vx kz n1
E.66.0F38.W1.63 vpcompressw Wx,Vx kz n2
E.66.0F38.W0.64 vpblendmd Vx,Hx,Wx kz b32
E.66.0F38.W1.64 vpblendmq Vx,Hx,Wx kz b64
E.66.0F38.W0.65 vblendmps Vx,Hx,Wx kz b32
E.66.0F38.W1.65 vblendmpd Vx,Hx,Wx kz b64
E.66.0F38.W0.66 vpblendmb Vx,Hx,Wx kz
E.66.0F38.W1.66 vpblendmw Vx,Hx,Wx kz
E.F2.0F38.W0.68 vp2intersectd kG,Hx,Wx b32
E.F2.0F38.W1.68 vp2intersectq kG,Hx,Wx b64
E.66.0F38.W1.70 vpshldvw Vx,Hx,Wx kz
E.66.0F38.W0.71 vpshldvd Vx,Hx,Wx kz b32
E.66.0F38.W1.71 vpshldvq Vx,Hx,Wx kz b64
E.66.0F38.W1.72 vpshrdvw Vx,Hx,Wx kz
E.F3.0F38.W0.72 vcvtneps2bf16 Vh,Wx kz b32
E.F2.0F38.W0.72 vcvtne2ps2bf16 Vx,Hx,Wx kz b32
E.66.0F38.W0.73 vpshrdvd Vx,Hx,Wx kz b32
E.66.0F38.W1.73 vpshrdvq Vx,Hx,Wx kz b64
E.66.0F38.W0.75 vpermi2b Vx,Hx,Wx kz
E.66.0F38.W1.75 vpermi2w Vx,Hx,Wx kz
E.66.0F38.W0.76 vpermi2d Vx,Hx,Wx kz b32
E.66.0F38.W1.76 vpermi2q Vx,Hx,Wx kz b64
E.66.0F38.W0.77 vpermi2ps Vx,Hx,Wx kz b32
E.66.0F38.W1.77 vpermi2pd Vx,Hx,Wx kz b64
E.66.0F38.W0.78 vpbroadcastb Vx,Wb kz
E.66.0F38.W0.79 vpbroadcastw Vx,Ww kz
E.66.0F38.W0.7A:r vpbroadcastb Vx,Rd kz
E.66.0F38.W0.7B:r vpbroadcastw Vx,Rd kz
E.66.0F38.W0.7C:r vpbroadcastd Vx,Rd kz
E.66.0F38.W1.7C:r vpbroadcastq Vx,Rq kz
E.66.0F38.W0.7D vpermt2b Vx,Hx,Wx kz
E.66.0F38.W1.7D vpermt2w Vx,Hx,Wx kz
E.66.0F38.W0.7E vpermt2d Vx,Hx,Wx kz b32
E.66.0F38.W1.7E vpermt2q Vx,Hx,Wx kz b64
E.66.0F38.W0.7F vpermt2ps Vx,Hx,Wx kz b32
E.66.0F38.W1.7F vpermt2pd Vx,Hx,Wx kz b64
E.66.0F38.W1.83 vpmultishiftqb Vx,Hx,Wx kz b64
E.66.0F38.W0.88 vexpandps Vx,Wx kz n4
E.66.0F38.W1.88 vexpandpd Vx,Wx kz n8
E.66.0F38.W0.89 vpexpandd Vx,Wx kz n4
E.66.0F38.W1.89 vpexpandq Vx,Wx kz n8
E.66.0F38.W0.8A vcompressps Wx,Vx kz n4
E.66.0F38.W1.8A vcompresspd Wx,Vx kz n8
E.66.0F38.W0.8B vpcompressd Wx,Vx kz n4
E.66.0F38.W1.8B vpcompressq Wx,Vx kz n8
E.66.0F38.W0.8D vpermb Vx,Hx,Wx kz
E.66.0F38.W1.8D vpermw Vx,Hx,Wx kz
E.66.0F38.W0.8F vpshufbitqmb kG,Hx,Wx k
E.66.0F38.W0.90:m vpgatherdd Vx,Md k kreq vx
E.66.0F38.W1.90:m vpgatherdq Vx,Mq k kreq vh
E.66.0F38.W0.91:m vpgatherqd Vh,Md k kreq vx
E.66.0F38.W1.91:m vpgatherqq Vx,Mq k kreq vx
E.66.0F38.W0.92:m vgatherdps Vx,Md k kreq vx
E.66.0F38.W1.92:m vgatherdpd Vx,Mq k kreq vh
E.66.0F38.W0.93:m vgatherqps Vh,Md k kreq vx
E.66.0F38.W1.93:m vgatherqpd Vx,Mq k kreq vx
E.F2.0F38.W0.L2.9A:m v4fmaddps Vx,Hx,Mo kz
E.F2.0F38.W0.9B:m v4fmaddss Vo,Ho,Mo kz
E.F2.0F38.W0.L2.AA:m v4fnmaddps Vx,Hx,Mo kz
E.F2.0F38.W0.AB:m v4fnmaddss Vo,Ho,Mo kz
E.66.0F38.W0.A0:m vpscatterdd Md,Vx k kreq vx
E.66.0F38.W1.A0:m vpscatterdq Mq,Vx k kreq vh
E.66.0F38.W0.A1:m vpscatterqd Md,Vh k kreq vx
E.66.0F38.W1.A1:m vpscatterqq Mq,Vx k kreq vx
E.66.0F38.W0.A2:m vscatterdps Md,Vx k kreq vx
E.66.0F38.W1.A2:m vscatterdpd Mq,Vx k kreq vh
E.66.0F38.W0.A3:m vscatterqps Md,Vh k kreq vx
E.66.0F38.W1.A3:m vscatterqpd Mq,Vx k kreq vx
E.66.0F38.W1.B4 vpmadd52luq Vx,Hx,Wx kz b64
E.66.0F38.W1.B5 vpmadd52huq Vx,Hx,Wx kz b64
E.66.0F38.W0.C4 vpconflictd Vx,Wx kz b32
E.66.0F38.W1.C4 vpconflictq Vx,Wx kz b64
E.66.0F38.W0.L2.C6/1:m vgatherpf0dps Md k kreq vx
E.66.0F38.W1.L2.C6/1:m vgatherpf0dpd Mq k kreq vh
E.66.0F38.W0.L2.C7/1:m vgatherpf0qps Md k kreq vx
E.66.0F38.W1.L2.C7/1:m vgatherpf0qpd Mq k kreq vx
E.66.0F38.W0.L2.C6/2:m vgatherpf1dps Md k kreq vx
E.66.0F38.W1.L2.C6/2:m vgatherpf1dpd Mq k kreq vh
E.66.0F38.W0.L2.C7/2:m vgatherpf1qps Md k kreq vx
E.66.0F38.W1.L2.C7/2:m vgatherpf1qpd Mq k kreq vx
E.66.0F38.W0.L2.C6/5:m vscatterpf0dps Md k kreq vx
E.66.0F38.W1.L2.C6/5:m vscatterpf0dpd Mq k kreq vh
E.66.0F38.W0.L2.C7/5:m vscatterpf0qps Md k kreq vx
E.66.0F38.W1.L2.C7/5:m vscatterpf0qpd Mq k kreq vx
E.66.0F38.W0.L2.C6/6:m vscatterpf1dps Md k kreq vx
E.66.0F38.W1.L2.C6/6:m vscatterpf1dpd Mq k kreq vh
E.66.0F38.W0.L2.C7/6:m vscatterpf1qps Md k kreq vx
E.66.0F38.W1.L2.C7/6:m vscatterpf1qpd Mq k kreq vx
E.66.0F38.W0.L2.C8 vexp2ps Vx,Wx kz b32 sae
E.66.0F38.W1.L2.C8 vexp2pd Vx,Wx kz b64 sae
E.66.0F38.W0.L2.CA vrcp28ps Vx,Wx kz b32 sae
E.66.0F38.W1.L2.CA vrcp28pd Vx,Wx kz b64 sae
E.66.0F38.W0.CB vrcp28ss Vo,Ho,Wd kz sae
E.66.0F38.W1.CB vrcp28sd Vo,Ho,Wq kz sae
E.66.0F38.W0.L2.CC vrsqrt28ps Vx,Wx kz b32 sae
E.66.0F38.W1.L2.CC vrsqrt28pd Vx,Wx kz b64 sae
E.66.0F38.W0.CD vrsqrt28ss Vo,Ho,Wd kz sae
E.66.0F38.W1.CD vrsqrt28sd Vo,Ho,Wq kz sae
`;

const OF3A_MAP = `
E.66.0F3A.W1.L12.00 vpermq Vx,Wx,Ib kz b64
E.66.0F3A.W1.L12.01 vpermpd Vx,Wx,Ib kz b64
E.66.0F3A.W0.03 valignd Vx,Hx,Wx,Ib kz b32
E.66.0F3A.W1.03 valignq Vx,Hx,Wx,Ib kz b64
E.66.0F3A.W0.04 vpermilps Vx,Wx,Ib kz b32
E.66.0F3A.W1.05 vpermilpd Vx,Wx,Ib kz b64
E.NP.0F3A.W0.08 vrndscaleph Vx,Wx,Ib kz b16 sae
E.66.0F3A.W0.08 vrndscaleps Vx,Wx,Ib kz b32 sae
E.66.0F3A.W1.09 vrndscalepd Vx,Wx,Ib kz b64 sae
E.NP.0F3A.W0.0A vrndscalesh Vo,Ho,Ww,Ib kz sae
E.66.0F3A.W0.0A vrndscaless Vo,Ho,Wd,Ib kz sae
E.66.0F3A.W1.0B vrndscalesd Vo,Ho,Wq,Ib kz sae
E.66.0F3A.W0.L12.18 vinsertf32x4 Vx,Hx,Wo,Ib kz
E.66.0F3A.W1.L12.18 vinsertf64x2 Vx,Hx,Wo,Ib kz
E.66.0F3A.W0.L12.19 vextractf32x4 Wo,Vx,Ib kz
E.66.0F3A.W1.L12.19 vextractf64x2 Wo,Vx,Ib kz
E.66.0F3A.W0.L2.1A vinsertf32x8 Vx,Hx,WY,Ib kz
E.66.0F3A.W1.L2.1A vinsertf64x4 Vx,Hx,WY,Ib kz
E.66.0F3A.W0.L2.1B vextractf32x8 WY,Vx,Ib kz
E.66.0F3A.W1.L2.1B vextractf64x4 WY,Vx,Ib kz
E.66.0F3A.W0.1D vcvtps2ph Wh,Vx,Ib kz sae
E.66.0F3A.W0.1E vpcmpud kG,Hx,Wx,Ib k b32
E.66.0F3A.W1.1E vpcmpuq kG,Hx,Wx,Ib k b64
E.66.0F3A.W0.1F vpcmpd kG,Hx,Wx,Ib k b32
E.66.0F3A.W1.1F vpcmpq kG,Hx,Wx,Ib k b64
E.66.0F3A.W0.L12.23 vshuff32x4 Vx,Hx,Wx,Ib kz b32
E.66.0F3A.W1.L12.23 vshuff64x2 Vx,Hx,Wx,Ib kz b64
E.66.0F3A.W0.25 vpternlogd Vx,Hx,Wx,Ib kz b32
E.66.0F3A.W1.25 vpternlogq Vx,Hx,Wx,Ib kz b64
E.NP.0F3A.W0.26 vgetmantph Vx,Wx,Ib kz b16 sae
E.66.0F3A.W0.26 vgetmantps Vx,Wx,Ib kz b32 sae
E.66.0F3A.W1.26 vgetmantpd Vx,Wx,Ib kz b64 sae
E.NP.0F3A.W0.27 vgetmantsh Vo,Ho,Ww,Ib kz sae
E.66.0F3A.W0.27 vgetmantss Vo,Ho,Wd,Ib kz sae
E.66.0F3A.W1.27 vgetmantsd Vo,Ho,Wq,Ib kz sae
E.66.0F3A.W0.L12.38 vinserti32x4 Vx,Hx,Wo,Ib kz
E.66.0F3A.W1.L12.38 vinserti64x2 Vx,Hx,Wo,Ib kz
E.66.0F3A.W0.L12.39 vextracti32x4 Wo,Vx,Ib kz
E.66.0F3A.W1.L12.39 vextracti64x2 Wo,Vx,Ib kz
E.66.0F3A.W0.L2.3A vinserti32x8 Vx,Hx,WY,Ib kz
E.66.0F3A.W1.L2.3A vinserti64x4 Vx,Hx,WY,Ib kz
E.66.0F3A.W0.L2.3B vextracti32x8 WY,Vx,Ib kz
E.66.0F3A.W1.L2.3B vextracti64x4 WY,Vx,Ib kz
E.66.0F3A.W0.3E vpcmpub kG,Hx,Wx,Ib k
E.66.0F3A.W1.3E vpcmpuw kG,Hx,Wx,Ib k
E.66.0F3A.W0.3F vpcmpb kG,Hx,Wx,Ib k
E.66.0F3A.W1.3F vpcmpw kG,Hx,Wx,Ib k
E.66.0F3A.W0.42 vdbpsadbw Vx,Hx,Wx,Ib kz
E.66.0F3A.W0.L12.43 vshufi32x4 Vx,Hx,Wx,Ib kz b32
E.66.0F3A.W1.L12.43 vshufi64x2 Vx,Hx,Wx,Ib kz b64
E.66.0F3A.W0.50 vrangeps Vx,Hx,Wx,Ib kz b32 sae
E.66.0F3A.W1.50 vrangepd Vx,Hx,Wx,Ib kz b64 sae
E.66.0F3A.W0.51 vrangess Vo,Ho,Wd,Ib kz sae
E.66.0F3A.W1.51 vrangesd Vo,Ho,Wq,Ib kz sae
E.66.0F3A.W0.54 vfixupimmps Vx,Hx,Wx,Ib kz b32 sae
E.66.0F3A.W1.54 vfixupimmpd Vx,Hx,Wx,Ib kz b64 sae
E.66.0F3A.W0.55 vfixupimmss Vo,Ho,Wd,Ib kz sae
E.66.0F3A.W1.55 vfixupimmsd Vo,Ho,Wq,Ib kz sae
E.NP.0F3A.W0.56 vreduceph Vx,Wx,Ib kz b16 sae
E.66.0F3A.W0.56 vreduceps Vx,Wx,Ib kz b32 sae
E.66.0F3A.W1.56 vreducepd Vx,Wx,Ib kz b64 sae
E.NP.0F3A.W0.57 vreducesh Vo,Ho,Ww,Ib kz sae
E.66.0F3A.W0.57 vreducess Vo,Ho,Wd,Ib kz sae
E.66.0F3A.W1.57 vreducesd Vo,Ho,Wq,Ib kz sae
E.NP.0F3A.W0.66 vfpclassph kG,Wx,Ib k b16
E.66.0F3A.W0.66 vfpclassps kG,Wx,Ib k b32
E.66.0F3A.W1.66 vfpclasspd kG,Wx,Ib k b64
E.NP.0F3A.W0.67 vfpclasssh kG,Ww,Ib k
E.66.0F3A.W0.67 vfpclassss kG,Wd,Ib k
E.66.0F3A.W1.67 vfpclasssd kG,Wq,Ib k
E.66.0F3A.W1.70 vpshldw Vx,Hx,Wx,Ib kz
E.66.0F3A.W0.71 vpshldd Vx,Hx,Wx,Ib kz b32
E.66.0F3A.W1.71 vpshldq Vx,Hx,Wx,Ib kz b64
E.66.0F3A.W1.72 vpshrdw Vx,Hx,Wx,Ib kz
E.66.0F3A.W0.73 vpshrdd Vx,Hx,Wx,Ib kz b32
E.66.0F3A.W1.73 vpshrdq Vx,Hx,Wx,Ib kz b64
E.NP.0F3A.W0.C2 vcmpph kG,Hx,Wx,Ib k b16 sae
E.F3.0F3A.W0.C2 vcmpsh kG,Ho,Ww,Ib k sae
`;

const FP16_ARITHMETIC: readonly (readonly [string, string, string])[] = [
  ['58', 'add', 'er'],
  ['59', 'mul', 'er'],
  ['5C', 'sub', 'er'],
  ['5D', 'min', 'sae'],
  ['5E', 'div', 'er'],
  ['5F', 'max', 'sae'],
];

const FP16 = `
E.F3.M5.W0.10:m vmovsh Vo,Mw kz
E.F3.M5.W0.10:r vmovsh Vo,Ho,Uw kz
E.F3.M5.W0.11:m vmovsh Mw,Vo k
E.F3.M5.W0.11:r vmovsh Uw,Ho,Vo kz
E.66.M5.W0.1D vcvtps2phx Vh,Wx kz b32 er
E.NP.M5.W0.1D vcvtss2sh Vo,Ho,Wd kz er
E.F3.M5.2A vcvtsi2sh Vo,Ho,Ey er
E.F3.M5.2C vcvttsh2si Gy,Ww sae
E.F3.M5.2D vcvtsh2si Gy,Ww er
E.NP.M5.W0.2E vucomish Vo,Ww sae
E.NP.M5.W0.2F vcomish Vo,Ww sae
E.NP.M5.W0.51 vsqrtph Vx,Wx kz b16 er
E.F3.M5.W0.51 vsqrtsh Vo,Ho,Ww kz er
E.NP.M5.W0.5A vcvtph2pd Vx,Wf kz b16 sae
E.66.M5.W1.5A vcvtpd2ph Vf,Wx kz b64 er
E.F3.M5.W0.5A vcvtsh2sd Vo,Ho,Ww kz sae
E.F2.M5.W1.5A vcvtsd2sh Vo,Ho,Wq kz er
E.NP.M5.W0.5B vcvtdq2ph Vh,Wx kz b32 er
E.NP.M5.W1.5B vcvtqq2ph Vf,Wx kz b64 er
E.66.M5.W0.5B vcvtph2dq Vx,Wh kz b16 er
E.F3.M5.W0.5B vcvttph2dq Vx,Wh kz b16 sae
E.66.M5.L0.6E vmovw Vo,Ey:w
E.66.M5.L0.7E vmovw Ey:w,Vo
E.NP.M5.W0.78 vcvttph2udq Vx,Wh kz b16 sae
E.66.M5.W0.78 vcvttph2uqq Vx,Wf kz b16 sae
E.F3.M5.78 vcvttsh2usi Gy,Ww sae
E.NP.M5.W0.79 vcvtph2udq Vx,Wh kz b16 er
E.66.M5.W0.79 vcvtph2uqq Vx,Wf kz b16 er
E.F3.M5.79 vcvtsh2usi Gy,Ww er
E.66.M5.W0.7A vcvttph2qq Vx,Wf kz b16 sae
E.F2.M5.W0.7A vcvtudq2ph Vh,Wx kz b32 er
E.F2.M5.W1.7A vcvtuqq2ph Vf,Wx kz b64 er
E.66.M5.W0.7B vcvtph2qq Vx,Wf kz b16 er
E.F3.M5.7B vcvtusi2sh Vo,Ho,Ey er
E.NP.M5.W0.7C vcvttph2uw Vx,Wx kz b16 sae
E.66.M5.W0.7C vcvttph2w Vx,Wx kz b16 sae
E.NP.M5.W0.7D vcvtph2uw Vx,Wx kz b16 er
E.66.M5.W0.7D vcvtph2w Vx,Wx kz b16 er
E.F3.M5.W0.7D vcvtw2ph Vx,Wx kz b16 er
E.F2.M5.W0.7D vcvtuw2ph Vx,Wx kz b16 er
E.66.M6.W0.13 vcvtph2psx Vx,Wh kz b16 sae
E.NP.M6.W0.13 vcvtsh2ss Vo,Ho,Ww kz sae
E.66.M6.W0.2C vscalefph Vx,Hx,Wx kz b16 er
E.66.M6.W0.2D vscalefsh Vo,Ho,Ww kz er
E.66.M6.W0.42 vgetexpph Vx,Wx kz b16 sae
E.66.M6.W0.43 vgetexpsh Vo,Ho,Ww kz sae
E.66.M6.W0.4C vrcpph Vx,Wx kz b16
E.66.M6.W0.4D vrcpsh Vo,Ho,Ww kz
E.66.M6.W0.4E vrsqrtph Vx,Wx kz b16
E.66.M6.W0.4F vrsqrtsh Vo,Ho,Ww kz
E.F3.M6.W0.56 vfmaddcph Vx,Hx,Wx kz b32 er uq
E.F2.M6.W0.56 vfcmaddcph Vx,Hx,Wx kz b32 er uq
E.F3.M6.W0.57 vfmaddcsh Vo,Ho,Wd kz er uq
E.F2.M6.W0.57 vfcmaddcsh Vo,Ho,Wd kz er uq
E.F3.M6.W0.D6 vfmulcph Vx,Hx,Wx kz b32 er uq
E.F2.M6.W0.D6 vfcmulcph Vx,Hx,Wx kz b32 er uq
E.F3.M6.W0.D7 vfmulcsh Vo,Ho,Wd kz er uq
E.F2.M6.W0.D7 vfcmulcsh Vo,Ho,Wd kz er uq
`;

export const EVEX_SPEC: readonly string[] = [
  ...truncationLines(),
  ...FP16_ARITHMETIC.flatMap(([op, name, rounding]) => [
    `E.NP.M5.W0.${op} v${name}ph Vx,Hx,Wx kz b16 ${rounding}`,
    `E.F3.M5.W0.${op} v${name}sh Vo,Ho,Ww kz ${rounding}`,
  ]),
  ...[OF_MAP, OF38_MAP, OF3A_MAP, FP16].flatMap((text) => text.split('\n').filter((line) => line !== '')),
];
