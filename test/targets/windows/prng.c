/* Programs of Go 1.22 and later ask this library for random numbers, and Wine 8.0 has none. Real Windows needs no such thing. */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(void *buffer, ULONG size);

__declspec(dllexport) BOOL WINAPI ProcessPrng(BYTE *buffer, SIZE_T size) { return SystemFunction036(buffer, (ULONG)size); }
