-- Ends a pin and asks for a refresh, which publishes what has waited.
--
-- KEYS  1 meta   2 audit   3 refresh
-- ARGV  1 which one: its `pinnedUntil`; empty: whichever there is
--       2 the revision that is meant to be live; empty: whichever is
--       3 how many audit entries are kept   4 what ends it: see `Trigger`   5... the audit entry
-- Returns { ticket, its `pinnedUntil` }, or nil when there is none, another one, or of another revision; nothing was written then.

--- @include "append-audit"
--- @include "clock"
--- @include "pin-set-at"
--- @include "refresh-at-once"
--- @include "revision"
--- @include "waiting"

local meta, audit, refresh = unpack(KEYS)
local pinnedUntil = redis.call('HGET', meta, 'pinnedUntil')
if not pinnedUntil or (ARGV[1] ~= '' and ARGV[1] ~= pinnedUntil) then return nil end
if ARGV[2] ~= '' and ARGV[2] ~= text(revisionOf(meta, clock())) then return nil end
appendAudit(audit, ARGV[3], unpack(ARGV, 5))

redis.call('HDEL', meta, 'pinnedUntil')
forgetWaiting(meta)
redis.call('HSET', meta, 'pinSetAt', nextPinSetAt(meta))
return { refreshAtOnce(refresh, audit, ARGV[3], ARGV[4]), pinnedUntil }
