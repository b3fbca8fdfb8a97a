-- A whole number as it is stored; Lua itself writes large ones with an exponent.
local function text(number) return string.format('%.0f', number) end
