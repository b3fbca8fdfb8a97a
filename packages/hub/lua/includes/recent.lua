--- @include "text"

-- A clock that another master had may have been ahead of this one, by no more than that.
local CLOCKS_APART_MS = 60000
-- No id is longer, in bytes: it is part of the name of a key.
local LONGEST_ID = 200
-- Of longer ones so many bytes are read: copying them out of the set holds up everybody.
local MOST_LONG = 1000000

-- How many ids of a sorted set have a time within the last `forMs`, the latest of them: { id, time, … }, and those among them
-- that are too long, which are not listed. Zero and nothing for what is no sorted set.
local function recent(key, now, forMs, most)
  local last, first = now + CLOCKS_APART_MS, now - forMs
  local upTo = redis.pcall('ZCOUNT', key, '-inf', text(last))
  local below = redis.pcall('ZCOUNT', key, '-inf', '(' .. text(first))
  if type(upTo) == 'table' then
    -- An older user of a hub may not count.
    upTo, below = redis.pcall('ZCARD', key), 0
    if type(upTo) == 'table' then return 0, {}, {} end
  end
  local listed, long, longBytes = {}, {}, 0
  -- One at a time: how long it is shows when it has been read.
  for rank = upTo - 1, math.max(below, upTo - most), -1 do
    local id, time = unpack(redis.call('ZRANGE', key, rank, rank, 'WITHSCORES'))
    time = tonumber(time)
    if #id > LONGEST_ID then
      long[#long + 1] = id
      longBytes = longBytes + #id
      if longBytes > MOST_LONG then break end
    elseif time >= first and time <= last then
      listed[#listed + 1] = id
      listed[#listed + 1] = text(math.min(time, now))
    end
  end
  return upTo - below, listed, long
end
