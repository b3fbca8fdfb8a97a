--- @include "clock"
--- @include "text"

-- The number of a new word on the pin. The last word has the highest, also after Redis' clock has stepped back.
local function nextPinSetAt(meta)
  return text(math.max(clock(), (tonumber(redis.call('HGET', meta, 'pinSetAt')) or 0) + 1))
end
