--- @include "counters"

-- Whether the attempt with this token still has the lease. No longer when somebody has put something else there.
local function hasLease(refresh, token) return redis.pcall('HGET', refresh, 'owner') == token end

-- Gives the lease back.
local function giveBack(refresh) redis.call('HDEL', refresh, 'owner', 'leaseUntil') end

-- Completes the ticket of an attempt, and gives the lease back. Returns whether nobody has asked for another fetch since.
--
-- attempt  { ticket, delayMs, fruitless, recheck }: should it have brought no news, no hub asks VWO again before the delay, and
--          that was so many fetches in a row. `recheck`, where the series of rechecks is to begin or go on: { made, inMs }, so
--          many were made of it, and the next is due then; 0 ends it
local function complete(refresh, attempt, now, isNews)
  local counters = redis.call('HMGET', refresh, 'requested', 'completed', 'asking')
  redis.call('HSET', refresh, 'completed', text(math.max(whole(counters[2]) or 0, attempt.ticket)),
    'answered', text(whole(counters[3]) or 0), 'lastFetchAt', text(now))
  giveBack(refresh)
  local isLast = (whole(counters[1]) or 0) <= attempt.ticket
  if isLast then redis.call('HDEL', refresh, 'trigger') end
  if isNews then
    redis.call('HDEL', refresh, 'fruitless', 'notBefore', 'recheckAt', 'rechecks')
    return isLast
  end
  if attempt.delayMs > 0 then
    redis.call('HSET', refresh, 'fruitless', text(attempt.fruitless), 'notBefore', text(now + attempt.delayMs))
  end
  local recheck = attempt.recheck
  if recheck and recheck.inMs > 0 then
    redis.call('HSET', refresh, 'recheckAt', text(now + recheck.inMs), 'rechecks', text(recheck.made))
  elseif recheck then
    redis.call('HDEL', refresh, 'recheckAt', 'rechecks')
  end
  return isLast
end
