/**
 * Instructions of CIL, one per line: opcode, name, operand, `end` where nothing falls through, `=` and the name that its short
 * or implied form counts as, with the constant that it implies. Operands: u1, u2 number of an argument or local; i1, i4, i8,
 * r4, r8 constants; b1, b4 branches; token, string; switch. Source: ECMA-335, part III.
 */
export const OPCODES = `
00 nop
01 break
02 ldarg.0 = ldarg
03 ldarg.1 = ldarg
04 ldarg.2 = ldarg
05 ldarg.3 = ldarg
06 ldloc.0 = ldloc
07 ldloc.1 = ldloc
08 ldloc.2 = ldloc
09 ldloc.3 = ldloc
0a stloc.0 = stloc
0b stloc.1 = stloc
0c stloc.2 = stloc
0d stloc.3 = stloc
0e ldarg.s u1 = ldarg
0f ldarga.s u1 = ldarga
10 starg.s u1 = starg
11 ldloc.s u1 = ldloc
12 ldloca.s u1 = ldloca
13 stloc.s u1 = stloc
14 ldnull
15 ldc.i4.m1 = ldc.i4 -1
16 ldc.i4.0 = ldc.i4 0
17 ldc.i4.1 = ldc.i4 1
18 ldc.i4.2 = ldc.i4 2
19 ldc.i4.3 = ldc.i4 3
1a ldc.i4.4 = ldc.i4 4
1b ldc.i4.5 = ldc.i4 5
1c ldc.i4.6 = ldc.i4 6
1d ldc.i4.7 = ldc.i4 7
1e ldc.i4.8 = ldc.i4 8
1f ldc.i4.s i1 = ldc.i4
20 ldc.i4 i4
21 ldc.i8 i8
22 ldc.r4 r4
23 ldc.r8 r8
25 dup
26 pop
27 jmp token end
28 call token
29 calli token
2a ret end
2b br.s b1 end = br
2c brfalse.s b1 = brfalse
2d brtrue.s b1 = brtrue
2e beq.s b1 = beq
2f bge.s b1 = bge
30 bgt.s b1 = bgt
31 ble.s b1 = ble
32 blt.s b1 = blt
33 bne.un.s b1 = bne.un
34 bge.un.s b1 = bge.un
35 bgt.un.s b1 = bgt.un
36 ble.un.s b1 = ble.un
37 blt.un.s b1 = blt.un
38 br b4 end
39 brfalse b4
3a brtrue b4
3b beq b4
3c bge b4
3d bgt b4
3e ble b4
3f blt b4
40 bne.un b4
41 bge.un b4
42 bgt.un b4
43 ble.un b4
44 blt.un b4
45 switch switch
46 ldind.i1
47 ldind.u1
48 ldind.i2
49 ldind.u2
4a ldind.i4
4b ldind.u4
4c ldind.i8
4d ldind.i
4e ldind.r4
4f ldind.r8
50 ldind.ref
51 stind.ref
52 stind.i1
53 stind.i2
54 stind.i4
55 stind.i8
56 stind.r4
57 stind.r8
58 add
59 sub
5a mul
5b div
5c div.un
5d rem
5e rem.un
5f and
60 or
61 xor
62 shl
63 shr
64 shr.un
65 neg
66 not
67 conv.i1
68 conv.i2
69 conv.i4
6a conv.i8
6b conv.r4
6c conv.r8
6d conv.u4
6e conv.u8
6f callvirt token
70 cpobj token
71 ldobj token
72 ldstr string
73 newobj token
74 castclass token
75 isinst token
76 conv.r.un
79 unbox token
7a throw end
7b ldfld token
7c ldflda token
7d stfld token
7e ldsfld token
7f ldsflda token
80 stsfld token
81 stobj token
82 conv.ovf.i1.un
83 conv.ovf.i2.un
84 conv.ovf.i4.un
85 conv.ovf.i8.un
86 conv.ovf.u1.un
87 conv.ovf.u2.un
88 conv.ovf.u4.un
89 conv.ovf.u8.un
8a conv.ovf.i.un
8b conv.ovf.u.un
8c box token
8d newarr token
8e ldlen
8f ldelema token
90 ldelem.i1
91 ldelem.u1
92 ldelem.i2
93 ldelem.u2
94 ldelem.i4
95 ldelem.u4
96 ldelem.i8
97 ldelem.i
98 ldelem.r4
99 ldelem.r8
9a ldelem.ref
9b stelem.i
9c stelem.i1
9d stelem.i2
9e stelem.i4
9f stelem.i8
a0 stelem.r4
a1 stelem.r8
a2 stelem.ref
a3 ldelem token
a4 stelem token
a5 unbox.any token
b3 conv.ovf.i1
b4 conv.ovf.u1
b5 conv.ovf.i2
b6 conv.ovf.u2
b7 conv.ovf.i4
b8 conv.ovf.u4
b9 conv.ovf.i8
ba conv.ovf.u8
c2 refanyval token
c3 ckfinite
c6 mkrefany token
d0 ldtoken token
d1 conv.u2
d2 conv.u1
d3 conv.i
d4 conv.ovf.i
d5 conv.ovf.u
d6 add.ovf
d7 add.ovf.un
d8 mul.ovf
d9 mul.ovf.un
da sub.ovf
db sub.ovf.un
dc endfinally end
dd leave b4 end
de leave.s b1 end = leave
df stind.i
e0 conv.u
fe00 arglist
fe01 ceq
fe02 cgt
fe03 cgt.un
fe04 clt
fe05 clt.un
fe06 ldftn token
fe07 ldvirtftn token
fe09 ldarg u2
fe0a ldarga u2
fe0b starg u2
fe0c ldloc u2
fe0d ldloca u2
fe0e stloc u2
fe0f localloc
fe11 endfilter end
fe12 unaligned. i1
fe13 volatile.
fe14 tail.
fe15 initobj token
fe16 constrained. token
fe17 cpblk
fe18 initblk
fe19 no. i1
fe1a rethrow end
fe1c sizeof token
fe1d refanytype
fe1e readonly.
`;
