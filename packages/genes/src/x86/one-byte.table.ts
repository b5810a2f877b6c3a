/**
 * One-byte opcodes and 0F opcodes that are not SIMD (SDM volume 2, appendix A). Syntax of the lines: spec.ts.
 */

const ALU = ['add', 'or', 'adc', 'sbb', 'and', 'sub', 'xor', 'cmp'];
const SHIFT = ['rol', 'ror', 'rcl', 'rcr', 'shl', 'shr', 'sal', 'sar'];
const CONDITION = ['o', 'no', 'b', 'ae', 'e', 'ne', 'be', 'a', 's', 'ns', 'p', 'np', 'l', 'ge', 'le', 'g'];
const STACKED = ['add', 'sub', 'and'];

const hex = (value: number): string => value.toString(16).toUpperCase().padStart(2, '0');

function aluLines(): string[] {
  return ALU.flatMap((name, i) => {
    const lock = name === 'cmp' ? '' : ' lock';
    const sp = STACKED.includes(name) ? ' sp' : '';
    return [
      `${hex(i * 8)} ${name} Eb,Gb${lock}`,
      `${hex(i * 8 + 1)} ${name} Ev,Gv${lock}${sp}`,
      `${hex(i * 8 + 2)} ${name} Gb,Eb`,
      `${hex(i * 8 + 3)} ${name} Gv,Ev${sp}`,
      `${hex(i * 8 + 4)} ${name} aB,Ib`,
      `${hex(i * 8 + 5)} ${name} aV,Iz`,
      `80/${i} ${name} Eb,Ib${lock}`,
      `M32.82/${i} ${name} Eb,Ib${lock}`,
      `81/${i} ${name} Ev,Iz${lock}${sp}`,
      `83/${i} ${name} Ev,Ib${lock}${sp}`,
    ];
  });
}

function shiftLines(): string[] {
  return SHIFT.flatMap((name, i) => [
    `C0/${i} ${name} Eb,Ib`,
    `C1/${i} ${name} Ev,Ib`,
    `D0/${i} ${name} Eb,1`,
    `D1/${i} ${name} Ev,1`,
    `D2/${i} ${name} Eb,CL`,
    `D3/${i} ${name} Ev,CL`,
  ]);
}

function conditionLines(): string[] {
  return CONDITION.flatMap((cc, i) => [
    `${hex(0x70 + i)} j${cc} Jb f64 jcc`,
    `0F.${hex(0x80 + i)} j${cc} Jz f64 jcc`,
    `0F.${hex(0x40 + i)} cmov${cc} Gv,Ev`,
    `0F.${hex(0x90 + i)} set${cc} Eb`,
  ]);
}

const ONE_BYTE = `
M32.06 push ES ni
M32.07 pop ES ni
M32.0E push CS ni
M32.16 push SS ni
M32.17 pop SS ni
M32.1E push DS ni
M32.1F pop DS ni
M32.27 daa -
M32.2F das -
M32.37 aaa -
M32.3F aas -
M32.40+ inc Zv
M32.48+ dec Zv
M32.O16.60 pusha -
M32.O32.60 pushad -
M32.O16.61 popa -
M32.O32.61 popad -
M32.62:m bound Gv,Mm
M32.63 arpl Ev:w,Gv
M32.9A call Ap call
M32.C4:m les Gv,Mp
M32.C5:m lds Gv,Mp
M32.CE into - int
M32.D4 aam Ib
M32.D5 aad Ib
M32.D6 salc -
M32.EA jmp Ap jmp
50+ push Zv d64 ni
58+ pop Zv d64 ni
M64.O16.63 movsxd Gw,Ew
M64.O32.63 movsxd Gd,Ed
M64.O64.63 movsxd Gq,Ed
68 push Iz d64 ni
69 imul Gv,Ev,Iz
6A push Ib d64 ni
6B imul Gv,Ev,Ib
6C insb Yb,DX str
O16.6D insw Yw,DX str
O32.6D insd Yd,DX str
O64.6D insd Yd,DX str
6E outsb DX,Xb str
O16.6F outsw DX,Xw str
O32.6F outsd DX,Xd str
O64.6F outsd DX,Xd str
84 test Eb,Gb
85 test Ev,Gv
86 xchg Eb,Gb lock
87 xchg Ev,Gv lock
88 mov Eb,Gb
89 mov Ev,Gv sp
8A mov Gb,Eb
8B mov Gv,Ev sp
8C mov Ev:w,Sw special
8D:m lea Gv,Mn sp
8E mov Sw,Ev:w special
8F/0 pop Ev d64 ni
B0.90 nop - nothing
F3.90 pause -
B1.90 xchg Zv,aV
91 xchg Zv,aV
92 xchg Zv,aV
93 xchg Zv,aV
94 xchg Zv,aV
95 xchg Zv,aV
96 xchg Zv,aV
97 xchg Zv,aV
O16.98 cbw -
O32.98 cwde -
O64.98 cdqe -
O16.99 cwd -
O32.99 cdq -
O64.99 cqo -
9B wait -
O16.9C pushf - d64
M32.O32.9C pushfd -
M64.O32.9C pushfq - d64
O64.9C pushfq - d64
O16.9D popf - d64
M32.O32.9D popfd -
M64.O32.9D popfq - d64
O64.9D popfq - d64
9E sahf -
9F lahf -
A0 mov aB,Ob
A1 mov aV,Ov
A2 mov Ob,aB
A3 mov Ov,aV
A4 movsb Yb,Xb str
O16.A5 movsw Yw,Xw str
O32.A5 movsd Yd,Xd str
O64.A5 movsq Yq,Xq str
A6 cmpsb Xb,Yb str
O16.A7 cmpsw Xw,Yw str
O32.A7 cmpsd Xd,Yd str
O64.A7 cmpsq Xq,Yq str
A8 test aB,Ib
A9 test aV,Iz
AA stosb Yb,aB str
O16.AB stosw Yw,aV str
O32.AB stosd Yd,aV str
O64.AB stosq Yq,aV str
AC lodsb aB,Xb str
O16.AD lodsw aV,Xw str
O32.AD lodsd aV,Xd str
O64.AD lodsq aV,Xq str
AE scasb aB,Yb str
O16.AF scasw aV,Yw str
O32.AF scasd aV,Yd str
O64.AF scasq aV,Yq str
B0+ mov Zb,Ib
B8+ mov Zv,Iv
C2 ret Iw f64 ret ni
C3 ret - f64 ret ni
C6/0 mov Eb,Ib
C7/0 mov Ev,Iz
C6/7:r0 xabort Ib
C7/7:r0 xbegin Jz xbegin
C8 enter Iw,I2 d64
C9 leave - d64 ni
CA retf Iw ret
CB retf - ret
CC int3 - nothing int
CD int Ib int
O16.CF iret - ret
O32.CF iretd - ret
O64.CF iretq - ret
D7 xlatb Xb
E0 loopne Jb f64 jcc
E1 loope Jb f64 jcc
E2 loop Jb f64 jcc
A64.E3 jrcxz Jb f64 jcc
A16.E3 jcxz Jb f64 jcc
A32.E3 jecxz Jb f64 jcc
E4 in aB,Ib
E5 in aZ,Ib
E6 out Ib,aB
E7 out Ib,aZ
E8 call Jz f64 call
E9 jmp Jz f64 jmp ni
EB jmp Jb f64 jmp ni
EC in aB,DX
ED in aZ,DX
EE out DX,aB
EF out DX,aZ
F1 int1 - int
F4 hlt - hlt
F5 cmc -
F6/0 test Eb,Ib
F6/1 test Eb,Ib
F6/2 not Eb lock
F6/3 neg Eb lock
F6/4 mul Eb
F6/5 imul Eb
F6/6 div Eb
F6/7 idiv Eb
F7/0 test Ev,Iz
F7/1 test Ev,Iz
F7/2 not Ev lock
F7/3 neg Ev lock
F7/4 mul Ev
F7/5 imul Ev
F7/6 div Ev
F7/7 idiv Ev
F8 clc -
F9 stc -
FA cli -
FB sti -
FC cld -
FD std -
FE/0 inc Eb lock
FE/1 dec Eb lock
FF/0 inc Ev lock
FF/1 dec Ev lock
FF/2 call Eq f64 icall
FF/3:m call Mp icall
FF/4 jmp Eq f64 ijmp
FF/5:m jmp Mp ijmp
FF/6 push Ev d64 ni
`;

const TWO_BYTE = `
0F.00/0 sldt Ev:w
0F.00/1 str Ev:w
0F.00/2 lldt Ev:w
0F.00/3 ltr Ev:w
0F.00/4 verr Ev:w
0F.00/5 verw Ev:w
M64.F2.0F.00/6 lkgs Ev:w
0F.01/0:m sgdt Mn
0F.01/1:m sidt Mn
0F.01/2:m lgdt Mn
0F.01/3:m lidt Mn
0F.01/4 smsw Ev:w
0F.01/6 lmsw Ev:w
0F.01/7:m invlpg Mn
NP.0F.01/0:r0 enclv -
NP.0F.01/0:r1 vmcall - icall
NP.0F.01/0:r2 vmlaunch - icall
NP.0F.01/0:r3 vmresume - icall
NP.0F.01/0:r4 vmxoff -
NP.0F.01/0:r5 pconfig -
NP.0F.01/0:r6 wrmsrns -
M64.NP.0F.01/0:r7 pbndkb -
M64.F2.0F.01/0:r6 rdmsrlist -
M64.F3.0F.01/0:r6 wrmsrlist -
NP.0F.01/1:r0 monitor -
NP.0F.01/1:r1 mwait -
NP.0F.01/1:r2 clac -
NP.0F.01/1:r3 stac -
NP.0F.01/1:r7 encls -
M64.F2.0F.01/1:r2 erets - ret
M64.F3.0F.01/1:r2 eretu - ret
66.0F.01/1:r4 tdcall - icall
M64.66.0F.01/1:r5 seamret - icall
M64.66.0F.01/1:r6 seamops -
M64.66.0F.01/1:r7 seamcall - icall
NP.0F.01/2:r0 xgetbv -
NP.0F.01/2:r1 xsetbv -
NP.0F.01/2:r4 vmfunc -
NP.0F.01/2:r5 xend -
NP.0F.01/2:r6 xtest -
NP.0F.01/2:r7 enclu -
0F.01/3:r0 vmrun - icall
NP.0F.01/3:r1 vmmcall - icall
66.0F.01/3:r1 vmmcall - icall
F3.0F.01/3:r1 vmgexit - icall
F2.0F.01/3:r1 vmgexit - icall
0F.01/3:r2 vmload -
0F.01/3:r3 vmsave -
0F.01/3:r4 stgi -
0F.01/3:r5 clgi -
0F.01/3:r6 skinit - ret
0F.01/3:r7 invlpga -
F3.0F.01/5:r0 setssbsy -
NP.0F.01/5:r0 serialize -
F2.0F.01/5:r0 xsusldtrk -
F2.0F.01/5:r1 xresldtrk -
F3.0F.01/5:r2 saveprevssp -
M64.F3.0F.01/5:r4 uiret - ret
M64.F3.0F.01/5:r5 testui -
M64.F3.0F.01/5:r6 clui -
M64.F3.0F.01/5:r7 stui -
NP.0F.01/5:r6 rdpkru -
NP.0F.01/5:r7 wrpkru -
F3.0F.01/5:m rstorssp Mq
M64.0F.01/7:r0 swapgs -
0F.01/7:r1 rdtscp -
NP.0F.01/7:r2 monitorx -
F3.0F.01/7:r2 mcommit -
NP.0F.01/7:r3 mwaitx -
0F.01/7:r4 clzero -
NP.0F.01/7:r5 rdpru -
NP.0F.01/7:r6 invlpgb -
M64.F3.0F.01/7:r6 rmpadjust -
M64.F2.0F.01/7:r6 rmpupdate -
M64.F3.0F.01/7:r5 rmpquery -
NP.0F.01/7:r7 tlbsync -
M64.F3.0F.01/7:r7 psmash -
F2.0F.01/7:r7 pvalidate -
0F.02 lar Gv,Ev:w
0F.03 lsl Gv,Ev:w
0F.05 syscall - icall
0F.06 clts -
O16.0F.07 sysret - ret
O32.0F.07 sysret - ret
O64.0F.07 sysretq - ret
0F.08 invd -
0F.09 wbinvd -
F3.0F.09 wbnoinvd -
0F.0B ud2 - ud
0F.0D/0:m prefetch Mb
0F.0D/1:m prefetchw Mb
0F.0D/2:m prefetchwt1 Mb
0F.0D/3:m prefetchw Mb
0F.0D/4:m prefetch Mb
0F.0D/5:m prefetch Mb
0F.0D/6:m prefetch Mb
0F.0D/7:m prefetch Mb
0F.0D:r reservednop Ev,Gv nothing
0F.0E femms -
0F.0F 3dnow Pq,Qq,I3
0F.18/0:m prefetchnta Mb
0F.18/1:m prefetcht0 Mb
0F.18/2:m prefetcht1 Mb
0F.18/3:m prefetcht2 Mb
0F.18/4:m reservednop Ev,Gv nothing
0F.18/5:m reservednop Ev,Gv nothing
0F.18/6:m prefetchit1 Mb
0F.18/7:m prefetchit0 Mb
0F.18:r reservednop Ev,Gv nothing
0F.19 reservednop Ev,Gv nothing
0F.1A reservednop Ev,Gv nothing
0F.1B reservednop Ev,Gv nothing
66.0F.1C reservednop Ev,Gv nothing
F3.0F.1C reservednop Ev,Gv nothing
F2.0F.1C reservednop Ev,Gv nothing
NP.0F.1C/0:m cldemote Mb
NP.0F.1C/1:m reservednop Ev,Gv nothing
NP.0F.1C/2:m reservednop Ev,Gv nothing
NP.0F.1C/3:m reservednop Ev,Gv nothing
NP.0F.1C/4:m reservednop Ev,Gv nothing
NP.0F.1C/5:m reservednop Ev,Gv nothing
NP.0F.1C/6:m reservednop Ev,Gv nothing
NP.0F.1C/7:m reservednop Ev,Gv nothing
NP.0F.1C:r reservednop Ev,Gv nothing
0F.1D reservednop Ev,Gv nothing
NP.0F.1E reservednop Ev,Gv nothing
66.0F.1E reservednop Ev,Gv nothing
F2.0F.1E reservednop Ev,Gv nothing
F3.0F.1E:m reservednop Ev,Gv nothing
F3.0F.1E/0:r reservednop Ev,Gv nothing
O16.F3.0F.1E/1:r rdsspd Rd
O32.F3.0F.1E/1:r rdsspd Rd
O64.F3.0F.1E/1:r rdsspq Rq
F3.0F.1E/2:r reservednop Ev,Gv nothing
F3.0F.1E/3:r reservednop Ev,Gv nothing
F3.0F.1E/4:r reservednop Ev,Gv nothing
F3.0F.1E/5:r reservednop Ev,Gv nothing
F3.0F.1E/6:r reservednop Ev,Gv nothing
F3.0F.1E/7:r0 reservednop Ev,Gv nothing
F3.0F.1E/7:r1 reservednop Ev,Gv nothing
F3.0F.1E/7:r2 endbr64 - nothing
F3.0F.1E/7:r3 endbr32 - nothing
F3.0F.1E/7:r4 reservednop Ev,Gv nothing
F3.0F.1E/7:r5 reservednop Ev,Gv nothing
F3.0F.1E/7:r6 reservednop Ev,Gv nothing
F3.0F.1E/7:r7 reservednop Ev,Gv nothing
0F.1F/0 nop Ev nothing
0F.1F/1 reservednop Ev,Gv nothing
0F.1F/2 reservednop Ev,Gv nothing
0F.1F/3 reservednop Ev,Gv nothing
0F.1F/4 reservednop Ev,Gv nothing
0F.1F/5 reservednop Ev,Gv nothing
0F.1F/6 reservednop Ev,Gv nothing
0F.1F/7 reservednop Ev,Gv nothing
0F.20 mov Rq,Cq anyreg special
0F.21 mov Rq,Dq anyreg special
0F.22 mov Cq,Rq anyreg special
0F.23 mov Dq,Rq anyreg special
0F.30 wrmsr -
0F.31 rdtsc -
0F.32 rdmsr -
0F.33 rdpmc -
0F.34 sysenter - icall
O16.0F.35 sysexit - ret
O32.0F.35 sysexit - ret
O64.0F.35 sysexitq - ret
O16.NP.0F.37 getsec -
O32.NP.0F.37 getsec -
O64.NP.0F.37 getsecq -
NP.0F.78 vmread Eq,Gq
NP.0F.79 vmwrite Gq,Eq
0F.A0 push FS d64 ni
0F.A1 pop FS d64 ni
0F.A2 cpuid -
0F.A3 bt Ev,Gv
0F.A4 shld Ev,Gv,Ib
0F.A5 shld Ev,Gv,CL
0F.A8 push GS d64 ni
0F.A9 pop GS d64 ni
0F.A7/0:r xstore -
F3.0F.A7/7:r xstore_alt -
A32.F3.0F.A6/0:r0 montmul -
F3.0F.A6/1:r xsha1 -
F3.0F.A6/2:r xsha256 -
F3.0F.A6/4:r xsha512 -
F3.0F.A6/3:r xsha512_alt -
F3.0F.A6/5:r ccs_hash -
F3.0F.A6/6:r undoc -
F3.0F.A6/7:r undoc -
F3.0F.A7/1:r xcryptecb -
F3.0F.A7/2:r xcryptcbc -
F3.0F.A7/3:r xcryptctr -
F3.0F.A7/4:r xcryptcfb -
F3.0F.A7/5:r xcryptofb -
F3.0F.A7/6:r ccs_encrypt -
0F.AA rsm - ret
0F.AB bts Ev,Gv lock
0F.AC shrd Ev,Gv,Ib
0F.AD shrd Ev,Gv,CL
O16.NP.0F.AE/0:m fxsave Mn
O32.NP.0F.AE/0:m fxsave Mn
O64.NP.0F.AE/0:m fxsave64 Mn
O16.NP.0F.AE/1:m fxrstor Mn
O32.NP.0F.AE/1:m fxrstor Mn
O64.NP.0F.AE/1:m fxrstor64 Mn
NP.0F.AE/2:m ldmxcsr Md
NP.0F.AE/3:m stmxcsr Md
O16.NP.0F.AE/4:m xsave Mn
O32.NP.0F.AE/4:m xsave Mn
O64.NP.0F.AE/4:m xsave64 Mn
O16.NP.0F.AE/5:m xrstor Mn
O32.NP.0F.AE/5:m xrstor Mn
O64.NP.0F.AE/5:m xrstor64 Mn
O16.NP.0F.AE/6:m xsaveopt Mn
O32.NP.0F.AE/6:m xsaveopt Mn
O64.NP.0F.AE/6:m xsaveopt64 Mn
NP.0F.AE/7:m clflush Mb
66.0F.AE/6:m clwb Mb
66.0F.AE/7:m clflushopt Mb
F3.0F.AE/6:m clrssbsy Mq
O16.F3.0F.AE/4:m ptwrite Md
O32.F3.0F.AE/4:m ptwrite Md
O64.F3.0F.AE/4:m ptwrite Mq
F3.0F.AE/4:r ptwrite Ry
M64.F3.0F.AE/0:r rdfsbase Ry
M64.F3.0F.AE/1:r rdgsbase Ry
M64.F3.0F.AE/2:r wrfsbase Ry
M64.F3.0F.AE/3:r wrgsbase Ry
O16.F3.0F.AE/5:r incsspd Rd
O32.F3.0F.AE/5:r incsspd Rd
O64.F3.0F.AE/5:r incsspq Rq
F3.0F.AE/6:r umonitor Ra
F2.0F.AE/6:r umwait Rd
66.0F.AE/6:r tpause Rd
NP.0F.AE/5:r lfence -
NP.0F.AE/6:r mfence -
NP.0F.AE/7:r sfence -
0F.AF imul Gv,Ev
0F.B0 cmpxchg Eb,Gb lock
0F.B1 cmpxchg Ev,Gv lock
0F.B2:m lss Gv,Mp
0F.B3 btr Ev,Gv lock
0F.B4:m lfs Gv,Mp
0F.B5:m lgs Gv,Mp
0F.B6 movzx Gv,Eb
0F.B7 movzx Gv,Ew
F3.0F.B8 popcnt Gv,Ev
0F.B9 ud1 Gv,Ev ud
0F.BA/4 bt Ev,Ib
0F.BA/5 bts Ev,Ib lock
0F.BA/6 btr Ev,Ib lock
0F.BA/7 btc Ev,Ib lock
0F.BB btc Ev,Gv lock
NP.0F.BC bsf Gv,Ev
66.0F.BC bsf Gv,Ev
F2.0F.BC bsf Gv,Ev
F3.0F.BC tzcnt Gv,Ev
NP.0F.BD bsr Gv,Ev
66.0F.BD bsr Gv,Ev
F2.0F.BD bsr Gv,Ev
F3.0F.BD lzcnt Gv,Ev
0F.BE movsx Gv,Eb
0F.BF movsx Gv,Ew
0F.C0 xadd Eb,Gb lock
0F.C1 xadd Ev,Gv lock
NP.0F.C3:m movnti My,Gy
O16.0F.C7/1:m cmpxchg8b Mq lock
O32.0F.C7/1:m cmpxchg8b Mq lock
O64.0F.C7/1:m cmpxchg16b Mo lock
O16.NP.0F.C7/3:m xrstors Mn
O32.NP.0F.C7/3:m xrstors Mn
O64.NP.0F.C7/3:m xrstors64 Mn
O16.NP.0F.C7/4:m xsavec Mn
O32.NP.0F.C7/4:m xsavec Mn
O64.NP.0F.C7/4:m xsavec64 Mn
O16.NP.0F.C7/5:m xsaves Mn
O32.NP.0F.C7/5:m xsaves Mn
O64.NP.0F.C7/5:m xsaves64 Mn
NP.0F.C7/6:m vmptrld Mq
66.0F.C7/6:m vmclear Mq
F3.0F.C7/6:m vmxon Mq
NP.0F.C7/7:m vmptrst Mq
NP.0F.C7/6:r rdrand Rv
66.0F.C7/6:r rdrand Rv
M64.F3.0F.C7/6:r senduipi Rq
NP.0F.C7/7:r rdseed Rv
66.0F.C7/7:r rdseed Rv
F3.0F.C7/7:r rdpid Rq
0F.C8+ bswap Zv
0F.FF ud0 Gv,Ev ud
66.0F38.80:m invept Gq,Mo
66.0F38.81:m invvpid Gq,Mo
66.0F38.82:m invpcid Gq,Mo
NP.0F38.F0:m movbe Gv,Mv
66.0F38.F0:m movbe Gv,Mv
NP.0F38.F1:m movbe Mv,Gv
66.0F38.F1:m movbe Mv,Gv
F2.0F38.F0 crc32 Gy,Eb
F2.0F38.F1 crc32 Gy,Ev
66.0F38.F6 adcx Gy,Ey
F3.0F38.F6 adox Gy,Ey
O16.66.0F38.F5:m wrussd Md,Gd
O32.66.0F38.F5:m wrussd Md,Gd
O64.66.0F38.F5:m wrussq Mq,Gq
O16.NP.0F38.F6:m wrssd Md,Gd
O32.NP.0F38.F6:m wrssd Md,Gd
O64.NP.0F38.F6:m wrssq Mq,Gq
66.0F38.F8:m movdir64b Ga,MZ
F2.0F38.F8:m enqcmd Ga,MZ
F3.0F38.F8:m enqcmds Ga,MZ
NP.0F38.F9:m movdiri My,Gy
NP.0F38.FC:m aadd My,Gy
66.0F38.FC:m aand My,Gy
F2.0F38.FC:m aor My,Gy
F3.0F38.FC:m axor My,Gy
F3.0F38.FA:r encodekey128 Gd,Rd
F3.0F38.FB:r encodekey256 Gd,Rd
F3.0F38.DC:m aesenc128kl Vo,Mn
F3.0F38.DC:r loadiwkey Vo,Uo
F3.0F38.DD:m aesdec128kl Vo,Mn
F3.0F38.DE:m aesenc256kl Vo,Mn
F3.0F38.DF:m aesdec256kl Vo,Mn
F3.0F38.D8/0:m aesencwide128kl Mn
F3.0F38.D8/1:m aesdecwide128kl Mn
F3.0F38.D8/2:m aesencwide256kl Mn
F3.0F38.D8/3:m aesdecwide256kl Mn
F3.0F3A.F0/0:r0 hreset Ib
`;

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');

export const INTEGER_SPEC: readonly string[] = [
  ...aluLines(),
  ...shiftLines(),
  ...conditionLines(),
  ...lines(ONE_BYTE),
  ...lines(TWO_BYTE),
];
