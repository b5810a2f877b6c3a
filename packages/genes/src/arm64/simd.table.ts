/**
 * Floating point, SIMD and cryptography of A64, in the form of base.table.ts. Names that end in `*` get the `2` of the
 * high half where Q is set. Source: Arm Architecture Reference Manual for A-profile, chapter C4, "Data Processing --
 * Scalar Floating-Point and Advanced SIMD".
 */

/** A name per value of an opcode; `.` where there is none. */
type Names = readonly string[];

const list = (text: string): Names => text.split(/\s+/);

/** One line per name: `#` in the pattern stands for the opcode's bits. */
function lines(pattern: string, names: string, flags = ''): string {
  const found = list(names);
  const bits = Math.log2(found.length);
  return found
    .map((name, opcode) => (name === '.' ? '' : line(pattern, opcode.toString(2).padStart(bits, '0'), name, flags)))
    .join('\n');
}

/** Lines for named opcodes: `opcode name opcode name ...`, the opcode in binary. */
function some(pattern: string, pairs: string, flags = ''): string {
  const found = list(pairs);
  return found
    .map((opcode, i) => (i % 2 === 0 ? line(pattern, opcode, found[i + 1] ?? '', flags) : ''))
    .filter((text) => text !== '')
    .join('\n');
}

function line(pattern: string, opcode: string, name: string, flags: string): string {
  const wide = name.endsWith('*');
  const bits = (wide ? pattern.replace(/q/, 'S') : pattern.replace(/q/, 'z')).replace('#', opcode);
  const names = wide ? `${name.slice(0, -1)} ${name.slice(0, -1)}2` : name;
  return `${bits} : ${names} : ${flags}`;
}

const ROUND =
  'fcvtns fcvtnu scvtf ucvtf fcvtas fcvtau . . fcvtps fcvtpu . . . . . . fcvtms fcvtmu . . . . . . fcvtzs fcvtzu';

const SCALAR = [
  lines('z 00 11110 zz 0 00 # iiiiii rrrrr vvvvv', '. . scvtf ucvtf . . . .', 'float fixed'),
  lines('z 00 11110 zz 0 11 # iiiiii vvvvv ddddd', 'fcvtzs fcvtzu . . . . . .', 'float fixed'),
  lines('z 00 11110 zz 1 # 000000 vvvvv ddddd', `${ROUND} . . . . . .`.replace('scvtf ucvtf', '. .'), 'float'),
  lines('z 00 11110 zz 1 00 01 # 000000 rrrrr vvvvv', 'scvtf ucvtf', 'float'),
  '0 00 11110 00 1 00 110 000000 vvvvv ddddd : fmov',
  '0 00 11110 00 1 00 111 000000 rrrrr vvvvv : fmov',
  '1 00 11110 01 1 00 110 000000 vvvvv ddddd : fmov',
  '1 00 11110 01 1 00 111 000000 rrrrr vvvvv : fmov',
  'z 00 11110 11 1 00 110 000000 vvvvv ddddd : fmov',
  'z 00 11110 11 1 00 111 000000 rrrrr vvvvv : fmov',
  '1 00 11110 10 1 01 110 000000 vvvvv ddddd : fmov',
  '1 00 11110 10 1 01 111 000000 rrrrr vvvvv : fmov',
  '0 00 11110 01 1 11 110 000000 vvvvv ddddd : fjcvtzs',
  lines(
    '00011110 zz 1 00# 10000 vvvvv vvvvv',
    'fmov fabs fneg fsqrt fcvt fcvt . fcvt frintn frintp frintm frintz frinta . frintx frinti',
    'float convert',
  ),
  lines('00011110 0z 1 0100 # 10000 vvvvv vvvvv', 'frint32z frint32x frint64z frint64x'),
  '00011110 01 1 000110 10000 vvvvv vvvvv : bfcvt',
  '00011110 zz 1 vvvvv 00 1000 vvvvv S 0000 : fcmp fcmpe : float',
  '00011110 zz 1 xxxxx 00 1000 vvvvv S 1000 : fcmp fcmpe : float',
  '00011110 zz 1 iiiiiiii 100 00000 vvvvv : fmov : float',
  '00011110 zz 1 vvvvv zzzz 01 vvvvv S iiii : fccmp fccmpe : float',
  lines(
    '00011110 zz 1 vvvvv # 10 vvvvv vvvvv',
    'fmul fdiv fadd fsub fmax fmin fmaxnm fminnm fnmul . . . . . . .',
    'float',
  ),
  '00011110 zz 1 vvvvv zzzz 11 vvvvv vvvvv : fcsel : float',
  '00011111 zz S vvvvv S vvvvv vvvvv vvvvv : fmadd fmsub fnmadd fnmsub : float',
];

const CRYPTO = [
  some('01001110 00 10100 # 10 vvvvv vvvvv', '00100 aese 00101 aesd 00110 aesmc 00111 aesimc'),
  lines('01011110 000 vvvvv 0 # 00 vvvvv vvvvv', 'sha1c sha1p sha1m sha1su0 sha256h sha256h2 sha256su1 .'),
  some('01011110 00 10100 # 10 vvvvv vvvvv', '00000 sha1h 00001 sha1su1 00010 sha256su0'),
  lines('11001110 011 vvvvv 1000 # vvvvv vvvvv', 'sha512h sha512h2 sha512su1 rax1'),
  lines('11001110 011 vvvvv 1100 # vvvvv vvvvv', 'sm3partw1 sm3partw2 sm4ekey .'),
  lines('11001110 010 vvvvv 10 ii # vvvvv vvvvv', 'sm3tt1a sm3tt1b sm3tt2a sm3tt2b'),
  lines('11001110 0 # vvvvv 0 vvvvv vvvvv vvvvv', 'eor3 bcax sm3ss1 .'),
  '11001110 100 vvvvv iiiiii vvvvv vvvvv : xar',
  '11001110 110 00000 10000 S vvvvv vvvvv : sha512su0 sm4e',
];

const COPY = [
  '0 z 0 01110000 iiiii 0 0000 1 vvvvv vvvvv : dup : lane',
  '0 z 0 01110000 iiiii 0 0001 1 rrrrr vvvvv : dup : lane',
  '0 z 0 01110000 iiiii 0 0101 1 vvvvv ddddd : smov : smov',
  '0 z 0 01110000 iiiii 0 0111 1 vvvvv ddddd : umov : umov',
  '0 1 0 01110000 iiiii 0 0011 1 rrrrr vvvvv : ins : lane',
  '0 1 1 01110000 iiiii 0 iiii 1 vvvvv vvvvv : ins : lane',
  '01 0 11110000 iiiii 0 0000 1 vvvvv vvvvv : dup : lanes',
  lines('0 q 0 01110 zz 0 vvvvv 0 # 10 vvvvv vvvvv', '. uzp1 trn1 zip1 . uzp2 trn2 zip2', 'whole22'),
  '0 0 1 01110000 vvvvv 0 0iii 0 vvvvv vvvvv : ext',
  '0 1 1 01110000 vvvvv 0 iiii 0 vvvvv vvvvv : ext',
  '0 z 0 01110000 vvvvv 0 zz S 00 vvvvv vvvvv : tbl tbx',
];

/** Opcode names with the sizes that they take: `name/sizes`, sizes out of 0123, all without. */
function sized(pattern: string, names: string, flags = ''): string {
  const entries = list(names);
  return entries
    .map((entry, opcode) => {
      if (entry === '.') return '';
      const [name = '', sizes = ''] = entry.split('/');
      const bits = opcode.toString(2).padStart(Math.log2(entries.length), '0');
      if (sizes === '') return line(pattern, bits, name, flags);
      return [...sizes]
        .map((size) => line(pattern.replace('zz', Number(size).toString(2).padStart(2, '0')), bits, name, flags))
        .join('\n');
    })
    .join('\n');
}

const INTEGER_SAME = [
  sized(
    '0 q 0 01110 zz 1 vvvvv # 1 vvvvv vvvvv',
    'shadd/012 sqadd srhadd/012 . shsub/012 sqsub cmgt cmge sshl sqshl srshl sqrshl smax/012 smin/012 sabd/012 saba/012 ' +
      'add cmtst mla/012 mul/012 smaxp/012 sminp/012 sqdmulh/12 addp . . . . . . . .',
    'whole22',
  ),
  sized(
    '0 q 1 01110 zz 1 vvvvv # 1 vvvvv vvvvv',
    'uhadd/012 uqadd urhadd/012 . uhsub/012 uqsub cmhi cmhs ushl uqshl urshl uqrshl umax/012 umin/012 uabd/012 uaba/012 ' +
      'sub cmeq mls/012 pmul/0 umaxp/012 uminp/012 sqrdmulh/12 . . . . . . . . .',
    'whole22',
  ),
  lines('0 q 0 01110 # 1 vvvvv 00011 1 vvvvv vvvvv', 'and bic orr orn'),
  lines('0 q 1 01110 # 1 vvvvv 00011 1 vvvvv vvvvv', 'eor bsl bit bif'),
];

/** Three floating-point vectors by U and size bit 1; the half-precision forms have three opcode bits. */
const FLOAT_SAME = [
  ['0', '0', 'fmaxnm fmla fadd fmulx fcmeq . fmax frecps'],
  ['0', '1', 'fminnm fmls fsub . . . fmin frsqrts'],
  ['1', '0', 'fmaxnmp . faddp fmul fcmge facge fmaxp fdiv'],
  ['1', '1', 'fminnmp . fabd . fcmgt facgt fminp .'],
].flatMap(([u, a, names = '']) => [
  lines(`0 q ${u} 01110 ${a}z 1 vvvvv 11# 1 vvvvv vvvvv`, names, 'double'),
  lines(`0 q ${u} 01110 ${a}10 vvvvv 00# 1 vvvvv vvvvv`, names),
]);

const EXTRA_SAME = [
  '0 z 0 01110 00 1 vvvvv 11101 1 vvvvv vvvvv : fmlal',
  '0 z 0 01110 10 1 vvvvv 11101 1 vvvvv vvvvv : fmlsl',
  '0 z 1 01110 00 1 vvvvv 11001 1 vvvvv vvvvv : fmlal2',
  '0 z 1 01110 10 1 vvvvv 11001 1 vvvvv vvvvv : fmlsl2',
  ...['01', '10'].map((size) => `0 z 1 01110 ${size} 0 vvvvv 1 000 S 1 vvvvv vvvvv : sqrdmlah sqrdmlsh`),
  '0 z S 01110 10 0 vvvvv 1 0010 1 vvvvv vvvvv : sdot udot',
  '0 z 0 01110 10 0 vvvvv 1 0011 1 vvvvv vvvvv : usdot',
  ...['01', '10', '11'].flatMap((size) => [
    `0 z 1 01110 ${size} 0 vvvvv 1 10 zz 1 vvvvv vvvvv : fcmla : whole22`,
    `0 z 1 01110 ${size} 0 vvvvv 1 11 z0 1 vvvvv vvvvv : fcadd : whole22`,
  ]),
  '0 z 1 01110 01 0 vvvvv 1 1111 1 vvvvv vvvvv : bfdot',
  '0 S 1 01110 11 0 vvvvv 1 1111 1 vvvvv vvvvv : bfmlalb bfmlalt',
  '0 1 1 01110 01 0 vvvvv 1 1101 1 vvvvv vvvvv : bfmmla',
  '0 1 S 01110 10 0 vvvvv 1 0100 1 vvvvv vvvvv : smmla ummla',
  '0 1 0 01110 10 0 vvvvv 1 0101 1 vvvvv vvvvv : usmmla',
];

const DIFFERENT = [
  sized(
    '0 q 0 01110 zz 1 vvvvv # 00 vvvvv vvvvv',
    'saddl*/012 saddw*/012 ssubl*/012 ssubw*/012 addhn*/012 sabal*/012 subhn*/012 sabdl*/012 smlal*/012 sqdmlal*/12 ' +
      'smlsl*/012 sqdmlsl*/12 smull*/012 sqdmull*/12 pmull*/03 .',
  ),
  sized(
    '0 q 1 01110 zz 1 vvvvv # 00 vvvvv vvvvv',
    'uaddl*/012 uaddw*/012 usubl*/012 usubw*/012 raddhn*/012 uabal*/012 rsubhn*/012 uabdl*/012 umlal*/012 . ' +
      'umlsl*/012 . umull*/012 . . .',
  ),
];

const MISC = [
  sized(
    '0 q 0 01110 zz 10000 # 10 vvvvv vvvvv',
    'rev64/012 rev16/0 saddlp/012 suqadd cls/012 cnt/0 sadalp/012 sqabs cmgt cmeq cmlt abs . . . . . . xtn*/012 . ' +
      'sqxtn*/012 . . . . . . . . . . .',
    'whole22',
  ),
  sized(
    '0 q 1 01110 zz 10000 # 10 vvvvv vvvvv',
    'rev32/01 . uaddlp/012 usqadd clz/012 . uadalp/012 sqneg cmge cmle . neg . . . . . . sqxtun*/012 shll*/012 ' +
      'uqxtn*/012 . . . . . . . . . . .',
    'whole22',
  ),
  '0 z 1 01110 00 10000 00101 10 vvvvv vvvvv : not',
  '0 z 1 01110 01 10000 00101 10 vvvvv vvvvv : rbit',
  '0 S 0 01110 0z 10000 10110 10 vvvvv vvvvv : fcvtn fcvtn2',
  '0 S 0 01110 0z 10000 10111 10 vvvvv vvvvv : fcvtl fcvtl2',
  '0 S 0 01110 10 10000 10110 10 vvvvv vvvvv : bfcvtn bfcvtn2',
  '0 S 1 01110 01 10000 10110 10 vvvvv vvvvv : fcvtxn fcvtxn2',
  '0 z 0 01110 10 10000 11100 10 vvvvv vvvvv : urecpe',
  '0 z 1 01110 10 10000 11100 10 vvvvv vvvvv : ursqrte',
  ...['0', '1'].map((u) =>
    lines(
      `0 q ${u} 01110 0z 10000 1111# 10 vvvvv vvvvv`,
      u === '0' ? 'frint32z frint64z' : 'frint32x frint64x',
      'double',
    ),
  ),
];

/** Two floating-point vectors: opcodes 01100 to 01111 and 11000 to 11111, by U and size bit 1. */
const FLOAT_MISC = [
  ['0', '0', '. . . .', 'frintn frintm fcvtns fcvtms fcvtas scvtf . .'],
  ['0', '1', 'fcmgt fcmeq fcmlt fabs', 'frintp frintz fcvtps fcvtzs . frecpe . .'],
  ['1', '0', '. . . .', 'frinta frintx fcvtnu fcvtmu fcvtau ucvtf . .'],
  ['1', '1', 'fcmge fcmle . fneg', '. frinti fcvtpu fcvtzu . frsqrte . fsqrt'],
].flatMap(([u, a, compares = '', others = '']) => [
  lines(`0 q ${u} 01110 ${a}z 10000 011# 10 vvvvv vvvvv`, compares, 'double'),
  lines(`0 q ${u} 01110 ${a}z 10000 11# 10 vvvvv vvvvv`, others, 'double'),
  lines(`0 q ${u} 01110 ${a} 111100 011# 10 vvvvv vvvvv`, compares),
  lines(`0 q ${u} 01110 ${a} 111100 11# 10 vvvvv vvvvv`, others),
]);

const ACROSS = [
  ...['0', '1'].flatMap((u) =>
    ['0 z', '0 z', '0 1'].map((q, size) =>
      some(
        `${q} ${u} 01110 ${size.toString(2).padStart(2, '0')} 11000 # 10 vvvvv vvvvv`,
        u === '0' ? '00011 saddlv 01010 smaxv 11010 sminv 11011 addv' : '00011 uaddlv 01010 umaxv 11010 uminv',
      ),
    ),
  ),
  some('0 1 1 01110 00 11000 # 10 vvvvv vvvvv', '01100 fmaxnmv 01111 fmaxv'),
  some('0 1 1 01110 10 11000 # 10 vvvvv vvvvv', '01100 fminnmv 01111 fminv'),
  some('0 z 0 01110 00 11000 # 10 vvvvv vvvvv', '01100 fmaxnmv 01111 fmaxv'),
  some('0 z 0 01110 10 11000 # 10 vvvvv vvvvv', '01100 fminnmv 01111 fminv'),
];

const SCALAR_SAME = [
  sized(
    '01 0 11110 zz 1 vvvvv # 1 vvvvv vvvvv',
    '. sqadd . . . sqsub cmgt/3 cmge/3 sshl/3 sqshl srshl/3 sqrshl . . . . add/3 cmtst/3 . . . . sqdmulh/12 . . . . ' +
      'fmulx/01 fcmeq/01 . . frecps/01',
  ),
  sized(
    '01 1 11110 zz 1 vvvvv # 1 vvvvv vvvvv',
    '. uqadd . . . uqsub cmhi/3 cmhs/3 ushl/3 uqshl urshl/3 uqrshl . . . . sub/3 cmeq/3 . . . . sqrdmulh/12 . . . ' +
      'fabd/23 . fcmge/01 facge/01 . .',
  ),
  '01 0 11110 1z 1 vvvvv 11111 1 vvvvv vvvvv : frsqrts',
  '01 1 11110 1z 1 vvvvv 1110 S 1 vvvvv vvvvv : fcmgt facgt',
  some('01 0 11110 010 vvvvv 00# 1 vvvvv vvvvv', '011 fmulx 100 fcmeq 111 frecps'),
  some('01 0 11110 110 vvvvv 00# 1 vvvvv vvvvv', '111 frsqrts'),
  some('01 1 11110 010 vvvvv 00# 1 vvvvv vvvvv', '100 fcmge 101 facge'),
  some('01 1 11110 110 vvvvv 00# 1 vvvvv vvvvv', '010 fabd 100 fcmgt 101 facgt'),
  ...['01', '10'].flatMap((size) => [
    `01 1 11110 ${size} 0 vvvvv 1000 S 1 vvvvv vvvvv : sqrdmlah sqrdmlsh`,
    some(`01 0 11110 ${size} 1 vvvvv # 00 vvvvv vvvvv`, '1001 sqdmlal 1011 sqdmlsl 1101 sqdmull'),
  ]),
];

const SCALAR_MISC = [
  sized(
    '01 0 11110 zz 10000 # 10 vvvvv vvvvv',
    '. . . suqadd . . . sqabs cmgt/3 cmeq/3 cmlt/3 abs/3 fcmgt/23 fcmeq/23 fcmlt/23 . . . . . sqxtn/012 . . . . . ' +
      'fcvtns/01 fcvtms/01 fcvtas/01 scvtf/01 . frecpx/23',
  ),
  '01 0 11110 1z 10000 11010 10 vvvvv vvvvv : fcvtps',
  '01 0 11110 1z 10000 11011 10 vvvvv vvvvv : fcvtzs',
  '01 0 11110 1z 10000 11101 10 vvvvv vvvvv : frecpe',
  sized(
    '01 1 11110 zz 10000 # 10 vvvvv vvvvv',
    '. . . usqadd . . . sqneg cmge/3 cmle/3 . neg/3 fcmge/23 fcmle/23 . . . . sqxtun/012 . uqxtn/012 . fcvtxn/1 . . . ' +
      'fcvtnu/01 fcvtmu/01 fcvtau/01 ucvtf/01 . .',
  ),
  '01 1 11110 1z 10000 11010 10 vvvvv vvvvv : fcvtpu',
  '01 1 11110 1z 10000 11011 10 vvvvv vvvvv : fcvtzu',
  '01 1 11110 1z 10000 11101 10 vvvvv vvvvv : frsqrte',
  some('01 0 11110 0 111100 # 10 vvvvv vvvvv', '11010 fcvtns 11011 fcvtms 11100 fcvtas 11101 scvtf'),
  some(
    '01 0 11110 1 111100 # 10 vvvvv vvvvv',
    '01100 fcmgt 01101 fcmeq 01110 fcmlt 11010 fcvtps 11011 fcvtzs 11101 frecpe 11111 frecpx',
  ),
  some('01 1 11110 0 111100 # 10 vvvvv vvvvv', '11010 fcvtnu 11011 fcvtmu 11100 fcvtau 11101 ucvtf'),
  some('01 1 11110 1 111100 # 10 vvvvv vvvvv', '01100 fcmge 01101 fcmle 11010 fcvtpu 11011 fcvtzu 11101 frsqrte'),
  '01 0 11110 11 11000 11011 10 vvvvv vvvvv : addp',
  some('01 1 11110 0z 11000 # 10 vvvvv vvvvv', '01100 fmaxnmp 01101 faddp 01111 fmaxp'),
  some('01 1 11110 1z 11000 # 10 vvvvv vvvvv', '01100 fminnmp 01111 fminp'),
  some('01 0 11110 00 11000 # 10 vvvvv vvvvv', '01100 fmaxnmp 01101 faddp 01111 fmaxp'),
  some('01 0 11110 10 11000 # 10 vvvvv vvvvv', '01100 fminnmp 01111 fminp'),
];

/**
 * By element: with 16-bit elements the index has bits L, M, H and the register four bits; with 32-bit ones the index has
 * L, H; with 64-bit ones H alone, L being 0.
 */
const ELEMENT = [
  ...['01 i', '10 i'].flatMap((size) => [
    some(
      `0 q 0 01111 ${size} vvvvv # i 0 vvvvv vvvvv`,
      '0010 smlal* 0011 sqdmlal* 0110 smlsl* 0111 sqdmlsl* 1000 mul 1010 smull* 1011 sqdmull* 1100 sqdmulh 1101 sqrdmulh',
    ),
    some(
      `0 q 1 01111 ${size} vvvvv # i 0 vvvvv vvvvv`,
      '0000 mla 0010 umlal* 0100 mls 0110 umlsl* 1010 umull* 1101 sqrdmlah 1111 sqrdmlsh',
    ),
    some(
      `01 0 11111 ${size} vvvvv # i 0 vvvvv vvvvv`,
      '0011 sqdmlal 0111 sqdmlsl 1011 sqdmull 1100 sqdmulh 1101 sqrdmulh',
    ),
    some(`01 1 11111 ${size} vvvvv # i 0 vvvvv vvvvv`, '1101 sqrdmlah 1111 sqrdmlsh'),
  ]),
  ...['00 i', '10 i', '11 0'].flatMap((size) => {
    const q = size === '11 0' ? '1' : 'q';
    return [
      some(`0 ${q} 0 01111 ${size} vvvvv # i 0 vvvvv vvvvv`, '0001 fmla 0101 fmls 1001 fmul'),
      some(`0 ${q} 1 01111 ${size} vvvvv # i 0 vvvvv vvvvv`, '1001 fmulx'),
      some(`01 0 11111 ${size} vvvvv # i 0 vvvvv vvvvv`, '0001 fmla 0101 fmls 1001 fmul'),
      some(`01 1 11111 ${size} vvvvv # i 0 vvvvv vvvvv`, '1001 fmulx'),
    ];
  }),
  '0 z 0 01111 10 i vvvvv 0000 i 0 vvvvv vvvvv : fmlal',
  '0 z 0 01111 10 i vvvvv 0100 i 0 vvvvv vvvvv : fmlsl',
  '0 z 1 01111 10 i vvvvv 1000 i 0 vvvvv vvvvv : fmlal2',
  '0 z 1 01111 10 i vvvvv 1100 i 0 vvvvv vvvvv : fmlsl2',
  '0 z S 01111 10 i vvvvv 1110 i 0 vvvvv vvvvv : sdot udot',
  '0 z 0 01111 00 i vvvvv 1111 i 0 vvvvv vvvvv : sudot',
  '0 z 0 01111 01 i vvvvv 1111 i 0 vvvvv vvvvv : bfdot',
  '0 z 0 01111 10 i vvvvv 1111 i 0 vvvvv vvvvv : usdot',
  '0 S 0 01111 11 i vvvvv 1111 i 0 vvvvv vvvvv : bfmlalb bfmlalt',
  '0 0 1 01111 01 i vvvvv 0zz1 0 0 vvvvv vvvvv : fcmla',
  '0 1 1 01111 01 i vvvvv 0zz1 i 0 vvvvv vvvvv : fcmla',
  '0 1 1 01111 10 0 vvvvv 0zz1 i 0 vvvvv vvvvv : fcmla',
];

/** immh has the element's size as its highest bit: `zzzz` here, never 0. */
const SHIFT = [
  some(
    '0 q 0 011110 zzzz iii # 1 vvvvv vvvvv',
    '00000 sshr 00010 ssra 00100 srshr 00110 srsra 01010 shl 01110 sqshl',
    'shift shiftq',
  ),
  some(
    '0 q 1 011110 zzzz iii # 1 vvvvv vvvvv',
    '00000 ushr 00010 usra 00100 urshr 00110 ursra 01000 sri 01010 sli 01100 sqshlu 01110 uqshl',
    'shift shiftq',
  ),
  some(
    '0 q 0 011110 0zzz iii # 1 vvvvv vvvvv',
    '10000 shrn* 10001 rshrn* 10010 sqshrn* 10011 sqrshrn* 10100 sshll*',
    'shift',
  ),
  some(
    '0 q 1 011110 0zzz iii # 1 vvvvv vvvvv',
    '10000 sqshrun* 10001 sqrshrun* 10010 uqshrn* 10011 uqrshrn* 10100 ushll*',
    'shift',
  ),
  some('0 q 0 011110 zzzz iii # 1 vvvvv vvvvv', '11100 scvtf 11111 fcvtzs', 'shift2 shiftq'),
  some('0 q 1 011110 zzzz iii # 1 vvvvv vvvvv', '11100 ucvtf 11111 fcvtzu', 'shift2 shiftq'),
  some('01 0 111110 1zzz iii # 1 vvvvv vvvvv', '00000 sshr 00010 ssra 00100 srshr 00110 srsra 01010 shl'),
  some('01 1 111110 1zzz iii # 1 vvvvv vvvvv', '00000 ushr 00010 usra 00100 urshr 00110 ursra 01000 sri 01010 sli'),
  '01 0 111110 zzzz iii 01110 1 vvvvv vvvvv : sqshl : shift',
  some('01 1 111110 zzzz iii # 1 vvvvv vvvvv', '01100 sqshlu 01110 uqshl', 'shift'),
  some('01 0 111110 0zzz iii # 1 vvvvv vvvvv', '10010 sqshrn 10011 sqrshrn', 'shift'),
  some('01 1 111110 0zzz iii # 1 vvvvv vvvvv', '10000 sqshrun 10001 sqrshrun 10010 uqshrn 10011 uqrshrn', 'shift'),
  some('01 0 111110 zzzz iii # 1 vvvvv vvvvv', '11100 scvtf 11111 fcvtzs', 'shift2'),
  some('01 1 111110 zzzz iii # 1 vvvvv vvvvv', '11100 ucvtf 11111 fcvtzu', 'shift2'),
];

const IMMEDIATE = [
  '0 z S 0111100000 iii 0 zz 0 01 iiiii vvvvv : movi mvni',
  '0 z S 0111100000 iii 0 zz 1 01 iiiii vvvvv : orr bic',
  '0 z S 0111100000 iii 10 z 0 01 iiiii vvvvv : movi mvni',
  '0 z S 0111100000 iii 10 z 1 01 iiiii vvvvv : orr bic',
  '0 z S 0111100000 iii 110 z 01 iiiii vvvvv : movi mvni',
  '0 z z 0111100000 iii 1110 01 iiiii vvvvv : movi',
  '0 z 0 0111100000 iii 1111 z1 iiiii vvvvv : fmov',
  '0 1 1 0111100000 iii 1111 01 iiiii vvvvv : fmov',
];

export const SIMD = [
  SCALAR,
  CRYPTO,
  COPY,
  INTEGER_SAME,
  FLOAT_SAME,
  EXTRA_SAME,
  DIFFERENT,
  MISC,
  FLOAT_MISC,
  ACROSS,
  SCALAR_SAME,
  SCALAR_MISC,
  ELEMENT,
  SHIFT,
  IMMEDIATE,
]
  .flat()
  .join('\n');
