-- Puts back a pin, or the end of one, that Redis has lost: with a fail-over, or by an older copy of its data.
--
-- KEYS  1 meta   2 audit
-- ARGV  1 the revision that it was for   2 pinSetAt   3 pinnedUntil, or empty
--       4 how many audit entries are kept   5... the audit entry
-- Returns 1, or 0 when there is a newer one, or another revision; nothing was written then.

--- @include "append-audit"
--- @include "waiting"

local meta, audit = unpack(KEYS)
local stored = redis.call('HMGET', meta, 'revision', 'pinSetAt')
if stored[1] ~= ARGV[1] or (tonumber(stored[2]) or 0) >= tonumber(ARGV[2]) then return 0 end
appendAudit(audit, ARGV[4], unpack(ARGV, 5))

if ARGV[3] == '' then
  redis.call('HDEL', meta, 'pinnedUntil')
  forgetWaiting(meta)
else
  redis.call('HSET', meta, 'pinnedUntil', ARGV[3])
end
redis.call('HSET', meta, 'pinSetAt', ARGV[2])
return 1
