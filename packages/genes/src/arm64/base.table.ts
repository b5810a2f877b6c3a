/**
 * General instructions of A64, one line per form: `pattern : names : flags`. The pattern has 32 bits, blanks apart;
 * spec.ts tells its letters. Source: Arm Architecture Reference Manual for A-profile, chapter C4.
 */
export const BASE = `
0000000000000000 iiiiiiiiiiiiiiii : udf : trap

# Data processing, immediate
0 pp 10000 ppppppppppppppppppp ddddd : adr
1 pp 10000 ppppppppppppppppppp ddddd : adrp : page
z 00 100010 z iiiiiiiiiiii RRRRR DDDDD : add : lo12
z 01 100010 z iiiiiiiiiiii RRRRR ddddd : adds
z 10 100010 z iiiiiiiiiiii RRRRR DDDDD : sub
z 11 100010 z iiiiiiiiiiii RRRRR ddddd : subs
1 S0 1000110 iiiiii 00 iiii RRRRR DDDDD : addg subg
z 00 1000111 00 SS iiiiiiii rrrrr ddddd : smax umax smin umin
z SS 100100 z iiiiii iiiiii rrrrr DDDDD : and orr eor - : bitmask
z 11 100100 z iiiiii iiiiii rrrrr ddddd : ands : bitmask
0 SS 100101 0z iiiiiiiiiiiiiiii ddddd : movn - movz movk : wide
1 SS 100101 zz iiiiiiiiiiiiiiii ddddd : movn - movz movk : wide
0 SS 100110 0 0iiiii 0iiiii rrrrr ddddd : sbfm bfm ubfm -
1 SS 100110 1 iiiiii iiiiii rrrrr ddddd : sbfm bfm ubfm -
0 00 100111 00 rrrrr 0iiiii rrrrr ddddd : extr
1 00 100111 10 rrrrr iiiiii rrrrr ddddd : extr

# Branches, exceptions, system
01010100 ppppppppppppppppppp S zzzz : b.cond bc.cond : cond
z011010 S ppppppppppppppppppp rrrrr : cbz cbnz : cond
i011011 S iiiii pppppppppppppp rrrrr : tbz tbnz : cond
000101 pppppppppppppppppppppppppp : b : jump
100101 pppppppppppppppppppppppppp : bl : call
11010100 000 iiiiiiiiiiiiiiii 000 SS : - svc hvc smc : syscall
11010100 001 iiiiiiiiiiiiiiii 00000 : brk : trap
11010100 010 iiiiiiiiiiiiiiii 00000 : hlt : trap
11010100 011 iiiiiiiiiiiiiiii 00000 : tcancel
11010100 101 iiiiiiiiiiiiiiii 000 SS : - dcps1 dcps2 dcps3
1101011 0000 11111 000000 rrrrr 00000 : br : ijump
1101011 0001 11111 000000 rrrrr 00000 : blr : icall
1101011 0010 11111 000000 rrrrr 00000 : ret : ret
1101011 0100 11111 000000 11111 00000 : eret : ret
1101011 0101 11111 000000 11111 00000 : drps : ret
1101011 0000 11111 00001 S rrrrr 11111 : braaz brabz : ijump
1101011 0001 11111 00001 S rrrrr 11111 : blraaz blrabz : icall
1101011 0010 11111 00001 S 11111 11111 : retaa retab : ret
1101011 0100 11111 00001 S 11111 11111 : eretaa eretab : ret
1101011 1000 11111 00001 S rrrrr RRRRR : braa brab : ijump
1101011 1001 11111 00001 S rrrrr RRRRR : blraa blrab : icall
11010101000000110001 0000 000 rrrrr : wfet
11010101000000110001 0000 001 rrrrr : wfit
11010101000000110010 zzzz zzz 11111 : hint : hint
11010101000000110011 zzzz 010 11111 : clrex
11010101000000110011 0000 011 11111 : tcommit
11010101000000110011 zzzz 100 11111 : dsb
11010101000000110011 zz10 001 11111 : dsb
11010101000000110011 zzzz 101 11111 : dmb
11010101000000110011 zzzz 110 11111 : isb
11010101000000110011 0000 111 11111 : sb
1101010100000 000 0100 0000 000 11111 : cfinv
1101010100000 000 0100 0000 001 11111 : xaflag
1101010100000 000 0100 0000 010 11111 : axflag
1101010100000 zzz 0100 zzzz zzz 11111 : msr : pstate
1101010100001 zzz zzzz zzzz zzz rrrrr : sys
1101010100100 011 0011 0000 011 ddddd : tstart
1101010100100 011 0011 0001 011 ddddd : ttest
1101010100101 zzz zzzz zzzz zzz ddddd : sysl
110101010001 z zzz zzzz zzzz zzz rrrrr : msr
110101010011 z zzz zzzz zzzz zzz ddddd : mrs

# Data processing, register
z 0 0 11010110 rrrrr 00001 S rrrrr ddddd : udiv sdiv
z 0 0 11010110 rrrrr 0010 SS rrrrr ddddd : lslv lsrv asrv rorv
0 0 0 11010110 rrrrr 010 SSS rrrrr ddddd : crc32b crc32h crc32w - crc32cb crc32ch crc32cw -
1 0 0 11010110 rrrrr 010 SSS rrrrr ddddd : - - - crc32x - - - crc32cx
z 0 0 11010110 rrrrr 0110 SS rrrrr ddddd : smax umax smin umin
1 0 0 11010110 RRRRR 000000 RRRRR ddddd : subp
1 0 1 11010110 RRRRR 000000 RRRRR ddddd : subps
1 0 0 11010110 rrrrr 000100 RRRRR DDDDD : irg
1 0 0 11010110 rrrrr 000101 RRRRR ddddd : gmi
1 0 0 11010110 RRRRR 001100 rrrrr ddddd : pacga
z 1 0 11010110 00000 00000 S rrrrr ddddd : rbit rev16
0 1 0 11010110 00000 000010 rrrrr ddddd : rev
1 1 0 11010110 00000 00001 S rrrrr ddddd : rev32 rev
z 1 0 11010110 00000 00010 S rrrrr ddddd : clz cls
z 1 0 11010110 00000 00011 S rrrrr ddddd : ctz cnt
z 1 0 11010110 00000 001000 rrrrr ddddd : abs
1 1 0 11010110 00001 000 SSS RRRRR ddddd : pacia pacib pacda pacdb autia autib autda autdb
1 1 0 11010110 00001 001 SSS 11111 ddddd : paciza pacizb pacdza pacdzb autiza autizb autdza autdzb
1 1 0 11010110 00001 01000 S 11111 ddddd : xpaci xpacd
0 SS 01010 zz S rrrrr 0iiiii rrrrr ddddd : and bic orr orn eor eon ands bics
1 SS 01010 zz S rrrrr iiiiii rrrrr ddddd : and bic orr orn eor eon ands bics
0 SS 01011 00 0 rrrrr 0iiiii rrrrr ddddd : add adds sub subs
1 SS 01011 00 0 rrrrr iiiiii rrrrr ddddd : add adds sub subs
0 SS 01011 01 0 rrrrr 0iiiii rrrrr ddddd : add adds sub subs
1 SS 01011 01 0 rrrrr iiiiii rrrrr ddddd : add adds sub subs
0 SS 01011 10 0 rrrrr 0iiiii rrrrr ddddd : add adds sub subs
1 SS 01011 10 0 rrrrr iiiiii rrrrr ddddd : add adds sub subs
z S0 01011 001 rrrrr zzz iii RRRRR DDDDD : add sub : shift4
z S1 01011 001 rrrrr zzz iii RRRRR ddddd : adds subs : shift4
z SS 11010000 rrrrr 000000 rrrrr ddddd : adc adcs sbc sbcs
1 01 11010000 iiiiii 00001 rrrrr 0 iiii : rmif
0 01 11010000 000000 S 0010 rrrrr 01101 : setf8 setf16
z S1 11010010 rrrrr zzzz 00 rrrrr 0 iiii : ccmn ccmp
z S1 11010010 iiiii zzzz 10 rrrrr 0 iiii : ccmn ccmp
z S0 11010100 rrrrr zzzz 0 S rrrrr ddddd : csel csinc csinv csneg
z 00 11011 000 rrrrr S rrrrr rrrrr ddddd : madd msub
1 00 11011 001 rrrrr S rrrrr rrrrr ddddd : smaddl smsubl
1 00 11011 010 rrrrr 0 xxxxx rrrrr ddddd : smulh
1 00 11011 101 rrrrr S rrrrr rrrrr ddddd : umaddl umsubl
1 00 11011 110 rrrrr 0 xxxxx rrrrr ddddd : umulh
`;
