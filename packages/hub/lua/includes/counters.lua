--- @include "text"

-- From here on neither Lua nor JavaScript counts exactly: 2^53.
local LIMIT = 9007199254740992

-- The names of what held something that no hub and no app writes, and begins anew; `tellResets` tells it.
local resets = {}

-- A whole number from 0 on that was stored as text; else nil.
local function whole(value)
  if not value or #value > 16 or not value:find('^%d+$') then return nil end
  local number = tonumber(value)
  return number < LIMIT and number or nil
end

-- What a command that reads this key answers; nil when the key is of another type, and it is gone then.
local function read(name, command, key, ...)
  local answer = redis.pcall(command, key, ...)
  if type(answer) ~= 'table' or not answer.err then return answer end
  -- Every other error ends the script.
  if not answer.err:find('WRONGTYPE', 1, true) then return redis.call(command, key, ...) end
  redis.call('UNLINK', key)
  resets[#resets + 1] = name
  return nil
end

-- Fields of `refresh` as whole numbers; false where there is none. Something else is removed.
local function readNumbers(refresh, names)
  local stored = read('refresh', 'HMGET', refresh, unpack(names)) or {}
  local numbers = {}
  for index, name in ipairs(names) do
    numbers[index] = whole(stored[index]) or false
    if stored[index] and not numbers[index] then
      redis.call('HDEL', refresh, name)
      resets[#resets + 1] = name
    end
  end
  return numbers
end

-- The highest ticket given out, and the highest one completed. Where they cannot be, a refresh is due afterwards.
local function readTickets(refresh)
  local found = #resets
  local requested, completed = unpack(readNumbers(refresh, { 'requested', 'completed' }))
  if #resets == found and (completed or 0) > (requested or 0) then resets[#resets + 1] = 'completed' end
  if #resets > found then
    requested = math.max(requested or (completed or 0) + 1, 1)
    if requested >= LIMIT then requested = 1 end
    completed = math.min(completed or requested, requested - 1)
    redis.call('HSET', refresh, 'requested', text(requested), 'completed', text(completed))
  end
  return requested or 0, completed or 0
end

-- Gives out a ticket.
local function nextTicket(refresh)
  local requested = readTickets(refresh)
  if requested + 1 >= LIMIT then
    redis.call('HSET', refresh, 'requested', 0, 'completed', 0)
    resets[#resets + 1] = 'requested'
  end
  return text(redis.call('HINCRBY', refresh, 'requested', 1))
end
