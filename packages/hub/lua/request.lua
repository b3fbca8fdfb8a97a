-- Gives out a ticket: once this has run, a fetch that begins later will complete it.
--
-- KEYS  1 refresh   2 audit
-- ARGV  1 the trigger   2 how many audit entries are kept
-- Returns { ticket, names of what was reset and told the audit }.

--- @include "counters"
--- @include "tell-resets"

local ticket = nextTicket(KEYS[1])
-- A webhook says more than what else is due: it decides which of VWO's endpoints is asked.
redis.call(ARGV[1] == 'webhook' and 'HSET' or 'HSETNX', KEYS[1], 'trigger', ARGV[1])
-- A person asks for now: that goes ahead of a back-off, which goes on afterwards.
if ARGV[1] == 'manual' then redis.call('HDEL', KEYS[1], 'notBefore') end
return { ticket, tellResets(KEYS[2], ARGV[2]) }
