--- @include "text"

-- So long what was replaced is not published again on one answer of VWO.
local REPLACED_MS = 3600000
local REPLACED_KEPT = 8

-- What hubs have replaced lately, by their sha256, the latest first: { sha256, time, … }.
local function readReplaced(refresh, now)
  local stored, found = redis.call('HGET', refresh, 'replaced'), {}
  if not stored or #stored > REPLACED_KEPT * 90 then return found end
  for sha256, at in stored:gmatch('(%x+):(%d+)') do
    local age = now - tonumber(at)
    if age >= 0 and age < REPLACED_MS then
      found[#found + 1] = sha256
      found[#found + 1] = at
    end
  end
  return found
end

-- Notes that VWO has replaced one text by another.
local function noteReplaced(refresh, now, old, new)
  local listed = { old .. ':' .. text(now) }
  local before = readReplaced(refresh, now)
  for index = 1, #before, 2 do
    local sha256 = before[index]
    if sha256 ~= old and sha256 ~= new and #listed < REPLACED_KEPT then
      listed[#listed + 1] = sha256 .. ':' .. before[index + 1]
    end
  end
  redis.call('HSET', refresh, 'replaced', table.concat(listed, ' '))
end
