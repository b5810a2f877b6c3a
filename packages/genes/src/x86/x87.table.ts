/** x87 (SDM volume 2, appendix A, table A-7 on). Syntax of the lines: spec.ts. */

const ARITHMETIC = ['fadd', 'fmul', 'fcom', 'fcomp', 'fsub', 'fsubr', 'fdiv', 'fdivr'];
/** In DC and DE the register forms of subtraction and division are swapped. */
const REVERSED = ['fadd', 'fmul', 'fcom', 'fcomp', 'fsubr', 'fsub', 'fdivr', 'fdiv'];

function arithmeticLines(): string[] {
  return ARITHMETIC.flatMap((name, i) => {
    const integer = `fi${name.slice(1)}`;
    const reversed = REVERSED[i] ?? name;
    const compares = name.startsWith('fcom');
    const lines = [`D8/${i}:m ${name} Md`, `D8/${i}:r ${name} T0,Ti`, `DC/${i}:m ${name} Mq`];
    lines.push(`DA/${i}:m ${integer} Md`, `DE/${i}:m ${integer} Mw`);
    lines.push(compares ? `DC/${i}:r ${reversed} T0,Ti` : `DC/${i}:r ${reversed} Ti,T0`);
    if (!compares) lines.push(`DE/${i}:r ${reversed}p Ti,T0`);
    return lines;
  });
}

const OTHERS = `
D9/0:m fld Md
D9/2:m fst Md
D9/3:m fstp Md
D9/4:m fldenv Mn
D9/5:m fldcw Mw
D9/6:m fnstenv Mn
D9/7:m fnstcw Mw
D9/0:r fld Ti
D9/1:r fxch T0,Ti
D9/2:r0 fnop -
D9/3:r fstpnce Ti
D9/4:r0 fchs -
D9/4:r1 fabs -
D9/4:r4 ftst -
D9/4:r5 fxam -
D9/5:r0 fld1 -
D9/5:r1 fldl2t -
D9/5:r2 fldl2e -
D9/5:r3 fldpi -
D9/5:r4 fldlg2 -
D9/5:r5 fldln2 -
D9/5:r6 fldz -
D9/6:r0 f2xm1 -
D9/6:r1 fyl2x -
D9/6:r2 fptan -
D9/6:r3 fpatan -
D9/6:r4 fxtract -
D9/6:r5 fprem1 -
D9/6:r6 fdecstp -
D9/6:r7 fincstp -
D9/7:r0 fprem -
D9/7:r1 fyl2xp1 -
D9/7:r2 fsqrt -
D9/7:r3 fsincos -
D9/7:r4 frndint -
D9/7:r5 fscale -
D9/7:r6 fsin -
D9/7:r7 fcos -
DA/0:r fcmovb T0,Ti
DA/1:r fcmove T0,Ti
DA/2:r fcmovbe T0,Ti
DA/3:r fcmovu T0,Ti
DA/5:r1 fucompp -
DB/0:m fild Md
DB/1:m fisttp Md
DB/2:m fist Md
DB/3:m fistp Md
DB/5:m fld Mt
DB/7:m fstp Mt
DB/0:r fcmovnb T0,Ti
DB/1:r fcmovne T0,Ti
DB/2:r fcmovnbe T0,Ti
DB/3:r fcmovnu T0,Ti
DB/4:r0 fneni -
DB/4:r1 fndisi -
DB/4:r2 fnclex -
DB/4:r3 fninit -
DB/4:r4 fnsetpm -
DB/5:r fucomi T0,Ti
DB/6:r fcomi T0,Ti
DD/0:m fld Mq
DD/1:m fisttp Mq
DD/2:m fst Mq
DD/3:m fstp Mq
DD/4:m frstor Mn
DD/6:m fnsave Mn
DD/7:m fnstsw Mw
DD/0:r ffree Ti
DD/1:r fxch T0,Ti
DD/2:r fst Ti
DD/3:r fstp Ti
DD/4:r fucom T0,Ti
DD/5:r fucomp T0,Ti
DE/2:r fcomp T0,Ti
DE/3:r1 fcompp -
DF/0:m fild Mw
DF/1:m fisttp Mw
DF/2:m fist Mw
DF/3:m fistp Mw
DF/4:m fbld Mt
DF/5:m fild Mq
DF/6:m fbstp Mt
DF/7:m fistp Mq
DF/0:r ffreep Ti
DF/1:r fxch T0,Ti
DF/2:r fstp Ti
DF/3:r fstp Ti
DF/4:r0 fnstsw AX
DF/5:r fucomip T0,Ti
DF/6:r fcomip T0,Ti
`;

export const X87_SPEC: readonly string[] = [...arithmeticLines(), ...OTHERS.split('\n').filter((line) => line !== '')];
