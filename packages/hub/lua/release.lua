-- Releases what the guard holds back and asks for a refresh, which publishes it.
--
-- KEYS  1 meta   2 audit   3 refresh
-- ARGV  1 which one: its `heldSha256`; empty: whichever there is
--       2 how many audit entries are kept   3 what ends it: see `Trigger`   4... the audit entry
-- Returns { ticket, its `heldSha256` }, or nil when there is none, or another one; nothing was written then.

--- @include "append-audit"
--- @include "refresh-at-once"
--- @include "waiting"

local meta, audit, refresh = unpack(KEYS)
local sha256 = redis.call('HGET', meta, 'heldSha256')
if not sha256 or (ARGV[1] ~= '' and ARGV[1] ~= sha256) then return nil end
appendAudit(audit, ARGV[2], unpack(ARGV, 4))

forgetHold(meta)
local ticket = refreshAtOnce(refresh, audit, ARGV[2], ARGV[3])
redis.call('HSET', refresh, 'released', sha256)
return { ticket, sha256 }
