/** AMD's XOP (APM volume 6) and TBM: encoded like VEX behind 8F, maps 8 to 10. Syntax: spec.ts. */

const SUFFIXES = ['b', 'w', 'd', 'q'];

function integerLines(): string[] {
  const lines: string[] = [];
  SUFFIXES.forEach((suffix, i) => {
    lines.push(`X.NP.M8.W0.L0.C${i} vprot${suffix} Vo,Wo,Ib`);
    lines.push(`X.NP.M8.W0.L0.C${(12 + i).toString(16).toUpperCase()} vpcom${suffix} Vo,Ho,Wo,Ib`);
    lines.push(`X.NP.M8.W0.L0.E${(12 + i).toString(16).toUpperCase()} vpcomu${suffix} Vo,Ho,Wo,Ib`);
    for (const [base, name] of [
      [0x90, 'vprot'],
      [0x94, 'vpshl'],
      [0x98, 'vpsha'],
    ] as const) {
      const op = (base + i).toString(16).toUpperCase();
      lines.push(`X.NP.M9.W0.L0.${op} ${name}${suffix} Vo,Wo,Ho`, `X.NP.M9.W1.L0.${op} ${name}${suffix} Vo,Ho,Wo`);
    }
  });
  return lines;
}

const MULTIPLY_ADD: readonly (readonly [string, string])[] = [
  ['85', 'vpmacssww'],
  ['86', 'vpmacsswd'],
  ['87', 'vpmacssdql'],
  ['8E', 'vpmacssdd'],
  ['8F', 'vpmacssdqh'],
  ['95', 'vpmacsww'],
  ['96', 'vpmacswd'],
  ['97', 'vpmacsdql'],
  ['9E', 'vpmacsdd'],
  ['9F', 'vpmacsdqh'],
  ['A6', 'vpmadcsswd'],
  ['B6', 'vpmadcswd'],
];

const HORIZONTAL: readonly (readonly [string, string])[] = [
  ['C1', 'vphaddbw'],
  ['C2', 'vphaddbd'],
  ['C3', 'vphaddbq'],
  ['C6', 'vphaddwd'],
  ['C7', 'vphaddwq'],
  ['CB', 'vphadddq'],
  ['D1', 'vphaddubw'],
  ['D2', 'vphaddubd'],
  ['D3', 'vphaddubq'],
  ['D6', 'vphadduwd'],
  ['D7', 'vphadduwq'],
  ['DB', 'vphaddudq'],
  ['E1', 'vphsubbw'],
  ['E2', 'vphsubwd'],
  ['E3', 'vphsubdq'],
];

const OTHERS = `
X.NP.M8.W0.A2 vpcmov Vx,Hx,Wx,Lx
X.NP.M8.W1.A2 vpcmov Vx,Hx,Lx,Wx
X.NP.M8.W0.L0.A3 vpperm Vo,Ho,Wo,Lo
X.NP.M8.W1.L0.A3 vpperm Vo,Ho,Lo,Wo
X.NP.M9.L0.01/1 blcfill By,Ey
X.NP.M9.L0.01/2 blsfill By,Ey
X.NP.M9.L0.01/3 blcs By,Ey
X.NP.M9.L0.01/4 tzmsk By,Ey
X.NP.M9.L0.01/5 blcic By,Ey
X.NP.M9.L0.01/6 blsic By,Ey
X.NP.M9.L0.01/7 t1mskc By,Ey
X.NP.M9.L0.02/1 blcmsk By,Ey
X.NP.M9.L0.02/6 blci By,Ey
X.NP.M9.L0.12/0:r llwpcb Ry
X.NP.M9.L0.12/1:r slwpcb Ry
X.NP.M9.W0.80 vfrczps Vx,Wx
X.NP.M9.W0.81 vfrczpd Vx,Wx
X.NP.M9.W0.L0.82 vfrczss Vo,Wd
X.NP.M9.W0.L0.83 vfrczsd Vo,Wq
X.NP.MA.L0.10 bextr Gy,Ey,I4
X.NP.MA.L0.12/0 lwpins By,Ed,I4
X.NP.MA.L0.12/1 lwpval By,Ed,I4
`;

export const XOP_SPEC: readonly string[] = [
  ...integerLines(),
  ...MULTIPLY_ADD.map(([op, name]) => `X.NP.M8.W0.L0.${op} ${name} Vo,Ho,Wo,Lo`),
  ...HORIZONTAL.map(([op, name]) => `X.NP.M9.W0.L0.${op} ${name} Vo,Wo`),
  ...OTHERS.split('\n').filter((line) => line !== ''),
];
