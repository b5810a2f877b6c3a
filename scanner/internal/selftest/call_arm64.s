#include "textflag.h"
#include "funcdata.h"

// func call(code uintptr, seed, rounds uint64) uint64
//
// The frame is the stack of the called code, which needs less than 4 KiB: the stack pointer is moved to its upper end for
// the call. Go cannot preempt or move the stack while the code runs, since its address belongs to no Go function; it
// runs for less than a millisecond. The called code keeps R19 to R29, and with R28 Go's own register.
TEXT ·call(SB), 0, $16384-32
	NO_LOCAL_POINTERS
	MOVD code+0(FP), R9
	MOVD seed+8(FP), R0
	MOVD rounds+16(FP), R1
	MOVD RSP, R19
	ADD $16320, R19, R10
	MOVD R10, RSP
	CALL (R9)
	MOVD R19, RSP
	MOVD R0, ret+24(FP)
	RET
