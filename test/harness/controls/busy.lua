-- Negative control: LuaJIT, whose traces are code that nobody shipped.
local ffi = require 'ffi'
ffi.cdef 'int getpid(void);'
assert(jit.status())
local sum = 0
for round = 1, 200 do
  for i = 1, 1000 do
    if (i * round) % 7 == 0 then
      sum = (sum + bit.bxor(i, round)) % 1000003
    else
      sum = sum + #tostring(i) * 0.5
    end
  end
end
print(string.format('{"pid": %d}', ffi.C.getpid()))
io.stdout:flush()
io.read()
