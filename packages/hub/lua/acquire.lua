-- Looks at one environment's refresh and takes the lease when there is something to fetch and nobody fetches.
--
-- KEYS  1 refresh   2 meta   3 settings   4 asks   5 audit   6 revisions
-- ARGV  1 token     names this one attempt; it fences what is stored later
--       2 leaseMs   how long the lease lasts without renewal
--       3 owed      highest ticket that this hub has accepted and not yet seen completed: a fail-over may
--                   have lost the counter, the promise behind it stays
--       4 pollMs    ask for a reconciling poll when VWO was last asked longer ago than this; 0: never
--       5 how many audit entries are kept
--       6 the identity of what this hub publishes, by the salt that meta had when it looked last; "any": not asked
--
-- Returns { meta, resets, replaced, state, requested, completed, revision, now, waitMs, fruitless, trigger, released, exists,
-- rechecks }, where meta is the whole hash as names and values in turn; resets are names of what begins anew, as the audit was
-- told; replaced is the sha256 of what hubs have replaced lately, and when, in turn; exists is "1" where the settings-file does, whole;
-- rechecks is how many were made of the series that is under way, "" where none is; state is
--   "foreign" what is published is of another identity: this hub has nothing to do here
--   "idle"    nothing to do; where waitMs is not 0: until then
--   "wait"    another hub fetches, or it is too early for the next fetch: look again after waitMs
--   "leased"  fetch now; `requested` is the ticket to complete. Which requests of apps are answered then is `asking`

--- @include "clock"
--- @include "counters"
--- @include "replaced"
--- @include "revision"
--- @include "tell-resets"
--- @include "whole-settings"

-- A series of fruitless fetches is over when for this long none was made, though it might have been.
local QUIET_MS = 40000
-- Longer than any wait is: what VWO asks for is obeyed up to ten minutes.
local LONGEST_WAIT_MS = 660000
-- The last moment that JavaScript knows, Unix milliseconds.
local LATEST_MS = 8640000000000000
-- Longer than a recheck is ever put off.
local LONGEST_RECHECK_MS = 60000
local TRIGGERS = { webhook = true, recheck = true, poll = true, start = true, manual = true, guard = true, pin = true, app = true,
  other = true }

local refresh, metaKey, settings, asksKey, audit, revisions = unpack(KEYS)
local token, leaseMs, owed, pollMs = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local now = clock()

-- How often apps have asked. What is no count is one request; nil then.
local function readAsks()
  local length = read('asks', 'STRLEN', asksKey)
  if not length then return nil end
  if length == 0 then return 0 end
  local asks = length <= 16 and whole(redis.call('GET', asksKey))
  if asks then return asks end
  redis.call('UNLINK', asksKey)
  resets[#resets + 1] = 'asks'
  return nil
end

local requested, completed = readTickets(refresh)
requested = math.max(requested, owed)
local leaseUntil, notBefore, lastFetchAt, fruitless, answered, recheckAt, rechecks =
  unpack(readNumbers(refresh, { 'leaseUntil', 'notBefore', 'lastFetchAt', 'fruitless', 'answered', 'recheckAt', 'rechecks' }))
leaseUntil, notBefore, lastFetchAt = leaseUntil or 0, notBefore or 0, lastFetchAt or 0
local owner, trigger, released = unpack(redis.call('HMGET', refresh, 'owner', 'trigger', 'released'))
if trigger and not TRIGGERS[trigger] then trigger = nil end

local meta = read('meta', 'HGETALL', metaKey) or {}
local revision, identity, bytes = 0, nil, nil
for index = 1, #meta, 2 do
  if meta[index] == 'revision' then
    revision = plausible(meta[index + 1], now)
    if revision == 0 then resets[#resets + 1] = 'revision' end
  end
  if meta[index] == 'identity' then identity = meta[index + 1] end
  if meta[index] == 'bytes' then bytes = meta[index + 1] end
end
local length = read('settings', 'STRLEN', settings) or 0
read('revisions', 'ZCARD', revisions)
local newest = read('audit', 'XREVRANGE', audit, '+', '-', 'COUNT', 1)
-- After such an id there is hardly another one: it would keep out all that is to come.
if newest and newest[1] and tonumber(newest[1][1]:match('^%d+')) > LATEST_MS then
  redis.call('UNLINK', audit)
  resets[#resets + 1] = 'audit'
end

-- Redis' clock may have stepped back, with a fail-over for example: what is longer than it can be ends now.
local isSetBack = lastFetchAt > now
if notBefore > now and (isSetBack or notBefore > now + LONGEST_WAIT_MS) then
  redis.call('HDEL', refresh, 'notBefore')
  notBefore = 0
end
if recheckAt and recheckAt > now + LONGEST_RECHECK_MS then recheckAt = now end
if leaseUntil > now + leaseMs then
  leaseUntil = now + leaseMs
  redis.call('HSET', refresh, 'leaseUntil', text(leaseUntil))
end
if now - notBefore >= QUIET_MS then fruitless = 0 end

local asks = readAsks()
if not asks then
  -- It has to outlast a wait.
  requested = math.max(requested, completed + 1)
  redis.call('HSET', refresh, 'requested', text(requested))
  redis.call('HSETNX', refresh, 'trigger', 'other')
end
local told = tellResets(audit, ARGV[5])

local function answer(state, waitMs)
  return { meta, told, readReplaced(refresh, now), state, text(requested), text(completed), text(revision), text(now), text(waitMs),
    text(fruitless or 0), trigger or 'other', released or '', isWhole(length, bytes) and '1' or '0',
    recheckAt and text(rechecks or 0) or '' }
end

if identity and ARGV[6] ~= 'any' and identity ~= ARGV[6] then return answer('foreign', 0) end

if requested <= completed and asks ~= (answered or 0) then
  requested = completed + 1
  trigger = 'app'
end
if requested <= completed and recheckAt and recheckAt <= now then
  requested = completed + 1
  trigger = 'recheck'
end
if requested <= completed and pollMs > 0 and (isSetBack or now - lastFetchAt >= pollMs) then
  requested = completed + 1
  trigger = 'poll'
end
if requested <= completed then return answer('idle', recheckAt and recheckAt - now or 0) end
-- Its own token: the answer before was lost, and the command sent again.
if owner and owner ~= token and leaseUntil > now then return answer('wait', leaseUntil - now) end
if notBefore > now then return answer('wait', notBefore - now) end

redis.call('HSET', refresh, 'requested', text(requested), 'asking', text(asks or 0), 'owner', token,
  'leaseUntil', text(now + leaseMs))
if trigger then redis.call('HSET', refresh, 'trigger', trigger) end
return answer('leased', 0)
