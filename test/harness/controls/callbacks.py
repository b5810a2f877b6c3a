"""Negative control: python with ctypes callbacks, which libffi makes in executable memory."""
import ctypes
import json
import os
import re
import sys

COMPARE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))
compare = COMPARE(lambda a, b: a[0] - b[0])
kept = [COMPARE(lambda a, b, n=n: n) for n in range(200)]
numbers = (ctypes.c_int * 100)(*((i * 37) % 101 for i in range(100)))
ctypes.CDLL(None).qsort(numbers, 100, 4, compare)
assert list(numbers) == sorted(numbers)
assert re.search(r"(a+)b\1", "aabaa")
print(json.dumps({"pid": os.getpid(), "size": len(kept)}), flush=True)
sys.stdin.read()
