-- Pins what is published: nothing that hubs fetch replaces it until the pin has ended.
--
-- KEYS  1 meta   2 audit   3 refresh
-- ARGV  1 pinnedUntil, ISO 8601   2 how many audit entries are kept   3... the audit entry
-- Returns 1, or 0 when there is nothing to pin; nothing was written then.

--- @include "note"
--- @include "pin-set-at"
--- @include "waiting"

local meta, audit, refresh = unpack(KEYS)
if redis.call('HEXISTS', meta, 'revision') == 0 then return 0 end
note(audit, ARGV[2], unpack(ARGV, 3))

-- What the guard holds back waits for the end of the pin now, and is judged anew then.
local held = redis.call('HMGET', meta, 'held', 'heldSha256')
if held[1] and held[2] then redis.call('HSET', meta, 'waiting', held[1], 'waitingSha256', held[2]) end
forgetHold(meta)
forgetReleased(refresh)
redis.call('HSET', meta, 'pinnedUntil', ARGV[1], 'pinSetAt', nextPinSetAt(meta))
return 1
