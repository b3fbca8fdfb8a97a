--- @include "text"

-- Asks for a refresh at once, however often VWO has been asked in vain. Returns its ticket.
local function refreshAtOnce(refresh)
  redis.call('HDEL', refresh, 'fruitless', 'notBefore')
  redis.call('HSETNX', refresh, 'trigger', 'manual')
  return text(redis.call('HINCRBY', refresh, 'requested', 1))
end
