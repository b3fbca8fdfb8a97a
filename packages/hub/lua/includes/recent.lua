--- @include "text"

-- A clock that another master had may have been ahead of this one, by no more than that.
local CLOCKS_APART_MS = 60000
-- No id is longer, in bytes: it is part of the name of a key.
local LONGEST_ID = 200

-- How many ids of a sorted set have a time within the last `forMs`, and the latest of them: { id, time, … }. Zero and
-- nothing for what is no sorted set.
local function recent(key, now, forMs, most)
  local last, first = now + CLOCKS_APART_MS, now - forMs
  local upTo = redis.pcall('ZCOUNT', key, '-inf', text(last))
  local below = redis.pcall('ZCOUNT', key, '-inf', '(' .. text(first))
  if type(upTo) == 'table' then
    -- An older user of a hub may not count.
    upTo, below = redis.pcall('ZCARD', key), 0
    if type(upTo) == 'table' then return 0, {} end
  end
  local listed = {}
  if upTo == below then return 0, listed end
  local found = redis.call('ZRANGE', key, math.max(below, upTo - most), upTo - 1, 'WITHSCORES')
  for index = #found - 1, 1, -2 do
    local id, time = found[index], tonumber(found[index + 1])
    if #id <= LONGEST_ID and time >= first and time <= last then
      listed[#listed + 1] = id
      listed[#listed + 1] = text(math.min(time, now))
    end
  end
  return upTo - below, listed
end
