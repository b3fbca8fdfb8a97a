-- Ends a pin and asks for a refresh, which publishes what has waited.
--
-- KEYS  1 meta   2 audit   3 refresh
-- ARGV  1 which one: its `pinnedUntil`; empty: whichever there is
--       2 how many audit entries are kept   3 what ends it: see `Trigger`   4... the audit entry
-- Returns { ticket, its `pinnedUntil` }, or nil when there is none, or another one; nothing was written then.

--- @include "note"
--- @include "pin-set-at"
--- @include "refresh-at-once"
--- @include "waiting"

local meta, audit, refresh = unpack(KEYS)
local pinnedUntil = redis.call('HGET', meta, 'pinnedUntil')
if not pinnedUntil or (ARGV[1] ~= '' and ARGV[1] ~= pinnedUntil) then return nil end
note(audit, ARGV[2], unpack(ARGV, 4))

redis.call('HDEL', meta, 'pinnedUntil')
forgetWaiting(meta)
redis.call('HSET', meta, 'pinSetAt', nextPinSetAt(meta))
return { refreshAtOnce(refresh, audit, ARGV[2], ARGV[3]), pinnedUntil }
