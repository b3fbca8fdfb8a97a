--- @include "tell-resets"

-- Asks for a refresh at once, however often VWO has been asked in vain, for the reason that is given. Returns its ticket.
local function refreshAtOnce(refresh, audit, kept, trigger)
  local ticket = nextTicket(refresh)
  redis.call('HDEL', refresh, 'fruitless', 'notBefore')
  redis.call('HSETNX', refresh, 'trigger', trigger)
  tellResets(audit, kept)
  return ticket
end
