-- Whether a settings-file of this length is there as it was stored: somebody else may have written over it.
local function isWhole(length, bytes) return length > 0 and (not bytes or bytes == tostring(length)) end
