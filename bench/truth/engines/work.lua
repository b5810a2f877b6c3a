-- Work for LuaJIT: which loops run follows from the argument.
local seed = tonumber(arg[1] or 1)
math.randomseed(seed)
local tasks = {
  function(n) local t = {} for i = 1, n do t[i % 100] = math.sin(i) * i end return #t end,
  function(n) local s = 0 for i = 1, n do s = s + bit.bxor(i, s) % 17 end return s end,
  function(n) local t = {} for i = 1, n do t[#t + 1] = string.format("%d", i) end return #table.concat(t) end,
  function(n) local a, b = 0, 1 for _ = 1, n do a, b = b, (a + b) % 1000007 end return a end,
  function(n) local s = 0 for i = 1, n do if i % 3 == 0 then s = s + i / 3 elseif i % 5 == 0 then s = s - i else s = s * 0.5 end end return s end,
  function(n) local t = {} for i = 1, n do t[i] = (i * 7919) % n end table.sort(t) return t[1] end,
}
local chosen = {}
for _, task in ipairs(tasks) do if math.random() < 0.7 then chosen[#chosen + 1] = task end end
while true do for _, task in ipairs(chosen) do task(2000) end end
