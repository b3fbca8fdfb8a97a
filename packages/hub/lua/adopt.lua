-- Forgets whose settings these are: they become those of the hub that is the next to ask VWO.
--
-- KEYS  1 meta   2 audit   3 refresh
-- ARGV  1 the identity that is meant; empty: whichever there is
--       2 how many audit entries are kept   3... the audit entry
-- Returns the ticket of a refresh that was asked for in the same step, or nil when there is no identity, or another one;
-- nothing was written then.

--- @include "append-audit"
--- @include "refresh-at-once"

local meta, audit, refresh = unpack(KEYS)
local identity = redis.call('HGET', meta, 'identity')
if not identity or (ARGV[1] ~= '' and ARGV[1] ~= identity) then return nil end
appendAudit(audit, ARGV[2], unpack(ARGV, 3))
redis.call('HDEL', meta, 'identity', 'identitySalt')
return refreshAtOnce(refresh, audit, ARGV[2], 'manual')
