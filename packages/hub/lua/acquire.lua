-- Looks at one environment's refresh and takes the lease when there is something to fetch and nobody fetches.
--
-- KEYS  1 refresh   2 meta   3 settings
-- ARGV  1 token     names this one attempt; it fences what is stored later
--       2 leaseMs   how long the lease lasts without renewal
--       3 owed      highest ticket that this hub has accepted and not yet seen completed: a fail-over may
--                   have lost the counter, the promise behind it stays
--       4 pollMs    ask for a reconciling poll when VWO was last asked longer ago than this; 0: never
--
-- Returns { meta, state, requested, completed, revision, now, waitMs, fruitless, trigger, released, exists }, where meta
-- is the whole hash as names and values in turn; exists is "1" where the settings-file does; state is
--   "idle"    nothing to do
--   "wait"    another hub fetches, or it is too early for the next fetch: look again after waitMs
--   "leased"  fetch now; `requested` is the ticket to complete

--- @include "clock"
--- @include "text"

-- A series of fruitless fetches is over when for this long none was made, though it might have been.
local QUIET_MS = 40000
-- Longer than any wait is.
local LONGEST_WAIT_MS = 60000

local token, leaseMs, owed, pollMs = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])

local now = clock()
local stored = redis.call('HMGET', KEYS[1],
  'requested', 'completed', 'owner', 'leaseUntil', 'notBefore', 'lastFetchAt', 'fruitless', 'trigger',
  'released')
local requested = math.max(tonumber(stored[1]) or 0, owed)
local completed = tonumber(stored[2]) or 0
local owner, leaseUntil = stored[3], tonumber(stored[4]) or 0
local notBefore = tonumber(stored[5]) or 0
local lastFetchAt = tonumber(stored[6]) or 0
local trigger = stored[8]
local meta = redis.call('HGETALL', KEYS[2])
local revision = 0
for index = 1, #meta, 2 do
  if meta[index] == 'revision' then revision = tonumber(meta[index + 1]) or 0 end
end

-- Redis' clock may have stepped back, with a fail-over for example: what is longer than it can be ends now.
local isSetBack = lastFetchAt > now
if notBefore > now and (isSetBack or notBefore > now + LONGEST_WAIT_MS) then
  redis.call('HDEL', KEYS[1], 'notBefore')
  notBefore = 0
end
if leaseUntil > now + leaseMs then
  leaseUntil = now + leaseMs
  redis.call('HSET', KEYS[1], 'leaseUntil', text(leaseUntil))
end
local fruitless = now - notBefore < QUIET_MS and tonumber(stored[7]) or 0

local function answer(state, waitMs)
  return { meta, state, text(requested), text(completed), text(revision), text(now), text(waitMs), text(fruitless),
    trigger or 'manual', stored[9] or '', tostring(redis.call('EXISTS', KEYS[3])) }
end

if requested <= completed and pollMs > 0 and (isSetBack or now - lastFetchAt >= pollMs) then
  requested = completed + 1
  trigger = 'poll'
end
if requested <= completed then return answer('idle', 0) end
-- Its own token: the answer before was lost, and the command sent again.
if owner and owner ~= token and leaseUntil > now then return answer('wait', leaseUntil - now) end
if notBefore > now then return answer('wait', notBefore - now) end

redis.call('HSET', KEYS[1], 'requested', text(requested), 'owner', token, 'leaseUntil', text(now + leaseMs))
if trigger then redis.call('HSET', KEYS[1], 'trigger', trigger) end
return answer('leased', 0)
