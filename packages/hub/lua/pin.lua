-- Pins what is published: nothing that hubs fetch replaces it until the pin has ended.
--
-- KEYS  1 meta   2 audit   3 refresh
-- ARGV  1 pinnedUntil, ISO 8601   2 the revision that is meant; empty: whichever is live
--       3 how many audit entries are kept   4... the audit entry
-- Returns { "pinned" | "moved", revision }, or nil when nothing is published. With "moved" another revision is live than
-- the one that is meant; nothing was written then.

--- @include "append-audit"
--- @include "clock"
--- @include "pin-set-at"
--- @include "revision"
--- @include "waiting"

local meta, audit, refresh = unpack(KEYS)
if redis.call('HEXISTS', meta, 'revision') == 0 then return nil end
local revision = text(revisionOf(meta, clock()))
if ARGV[2] ~= '' and ARGV[2] ~= revision then return { 'moved', revision } end
appendAudit(audit, ARGV[3], unpack(ARGV, 4))

-- What the guard holds back waits for the end of the pin now, and is judged anew then.
local held = redis.call('HMGET', meta, 'held', 'heldSha256')
if held[1] and held[2] then redis.call('HSET', meta, 'waiting', held[1], 'waitingSha256', held[2]) end
forgetHold(meta)
forgetReleased(refresh)
redis.call('HSET', meta, 'pinnedUntil', ARGV[1], 'pinSetAt', nextPinSetAt(meta))
return { 'pinned', revision }
