-- Notes that VWO was asked, and has what is published.
--
-- KEYS  1 refresh   2 meta   3 settings   4 audit
-- ARGV  1 JSON: { meta: { sha256, checkedAt, speaks, trigger }, attempt: { token, ticket, delayMs, fruitless,
--         recheck }, own, auditKept }; of `attempt` see includes/attempt.lua
-- Returns "unchanged"; "moved" when something else is published, or "lease-lost", and nothing was written then.

--- @include "clock"
--- @include "unchanged"

local refresh, meta, settings, audit = unpack(KEYS)
local input = cjson.decode(ARGV[1])

if not hasLease(refresh, input.attempt.token) or isForeign(meta, input.own) then return 'lease-lost' end
if not isCurrent(meta, settings, input.meta.sha256) then return 'moved' end
finishUnchanged(refresh, meta, audit, clock(), input)
return 'unchanged'
