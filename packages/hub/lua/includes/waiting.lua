-- Where the settings-file is that VWO has and that is not published, for as long as `meta` says why it is not.
local function candidateOf(meta) return meta .. ':candidate' end

-- Takes the staged one there. A user of an older version of deploy/redis-users.acl may not; then it waits all the same.
local function keepCandidate(meta, staged)
  local candidate = candidateOf(meta)
  redis.pcall('RENAME', staged, candidate)
  redis.pcall('PERSIST', candidate)
end

local function forget(meta, ...)
  redis.call('HDEL', meta, ...)
  local waits = redis.call('HMGET', meta, 'waitingSha256', 'heldSha256')
  if not waits[1] and not waits[2] then redis.pcall('UNLINK', candidateOf(meta)) end
end

-- Nothing waits for the end of a pin any more.
local function forgetWaiting(meta) forget(meta, 'waiting', 'waitingSha256') end

-- The guard holds nothing back any more.
local function forgetHold(meta) forget(meta, 'held', 'heldSha256', 'heldSince', 'heldUntil') end

-- Nothing is let through the guard any more. Should `refresh` be of another type, then there is nothing to forget.
local function forgetReleased(refresh) redis.pcall('HDEL', refresh, 'released') end
