--- @include "tell-resets"

-- Asks for a refresh at once, however often VWO has been asked in vain. Returns its ticket.
local function refreshAtOnce(refresh, audit, kept)
  local ticket = nextTicket(refresh)
  redis.call('HDEL', refresh, 'fruitless', 'notBefore')
  redis.call('HSETNX', refresh, 'trigger', 'manual')
  tellResets(audit, kept)
  return ticket
end
