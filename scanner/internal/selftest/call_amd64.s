#include "textflag.h"
#include "funcdata.h"

// func call(code uintptr, seed, rounds uint64) uint64
//
// The frame is the stack of the called code, which needs less than 4 KiB: the stack pointer is moved to its upper end for
// the call, since below the frame Go warrants less than 1 KiB. Go cannot preempt or move the stack
// while the code runs, since its address belongs to no Go function; it runs for less than a millisecond.
TEXT ·call(SB), 0, $16384-32
	NO_LOCAL_POINTERS
	MOVQ code+0(FP), AX
	MOVQ seed+8(FP), DI
	MOVQ rounds+16(FP), SI
	MOVQ SP, BX // preserved by the called code
	LEAQ 16320(BX), CX
	ANDQ $~15, CX
	MOVQ CX, SP
	CALL AX
	MOVQ BX, SP
	MOVQ AX, ret+24(FP)
	RET
