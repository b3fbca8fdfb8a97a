--- @include "text"

-- No revision is further beyond Redis' clock, in milliseconds: such a one was forged or damaged, and counts as none.
local AHEAD_MS = 86400000

-- A revision as it was stored; 0 for what is none.
local function plausible(stored, now)
  local revision = stored and #stored <= 15 and stored:find('^%d+$') and tonumber(stored) or 0
  return revision <= now + AHEAD_MS and revision or 0
end

-- The revision that is published; 0 when there is none.
local function revisionOf(meta, now)
  local stored = redis.pcall('HGET', meta, 'revision')
  return plausible(type(stored) == 'string' and stored, now)
end
