-- Ends a pin or a hold and asks for a refresh, which publishes what has waited.
--
-- KEYS  1 refresh   2 meta   3 audit
-- ARGV  1 "pin" or "hold"
--       2 which one: its `pinnedUntil` or `heldSha256`; empty: whichever there is
--       3 how many audit entries are kept   4... the audit entry
-- Returns { ticket, what was lifted }, or nil when there is none, or another one; nothing was written then.

local refresh, meta, audit = unpack(KEYS)
local field = ARGV[1] == 'pin' and 'pinnedUntil' or 'heldSha256'
local lifted = redis.call('HGET', meta, field)
if not lifted or (ARGV[2] ~= '' and ARGV[2] ~= lifted) then return nil end

if ARGV[1] == 'pin' then
  redis.call('HDEL', meta, 'pinnedUntil', 'waiting', 'waitingSha256')
  local time = redis.call('TIME')
  local setAt = math.max(time[1] * 1000 + math.floor(time[2] / 1000),
    (tonumber(redis.call('HGET', meta, 'pinSetAt')) or 0) + 1)
  redis.call('HSET', meta, 'pinSetAt', string.format('%.0f', setAt))
else
  redis.call('HDEL', meta, 'held', 'heldSha256', 'heldSince', 'heldUntil')
  redis.call('HSET', refresh, 'released', lifted)
end
redis.call('XADD', audit, 'MAXLEN', '~', ARGV[3], '*', unpack(ARGV, 4))

-- At once, however often VWO has been asked in vain.
redis.call('HDEL', refresh, 'fruitless', 'notBefore')
redis.call('HSETNX', refresh, 'trigger', 'manual')
return { string.format('%.0f', redis.call('HINCRBY', refresh, 'requested', 1)), lifted }
