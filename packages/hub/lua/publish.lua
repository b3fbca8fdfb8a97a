-- Publishes what a hub has fetched, in one atomic step, unless a pin or the guard is against it.
--
-- KEYS  1 meta   2 settings   3 revisions   4 audit   5 staged   6 staged, compressed   7 refresh
-- ARGV  1 JSON: see `Publication` in src/environment/publish.ts
--       2, 3 the message before and after its revision number
--
-- Returns { result, revision, what it replaced }; result is
--   "published"    it is the current revision now
--   "unchanged"    the same text was current already; only the time of the check moved
--   "pinned"       an operator has pinned what is current; it is noted that something newer waits, and that is kept
--   "held"         the guard holds it back, and nobody has released it; that is noted, and it is kept
--   "moved"        what is current is not what this was compared with; nothing was written
--   "body-needed"  it is new, but no body is staged; nothing was written
--   "lease-lost"   another hub has taken over this refresh, or the environment; nothing was written

--- @include "clock"
--- @include "make-current"
--- @include "replaced"
--- @include "revision"
--- @include "unchanged"

local meta, settings, _, audit, staged, compressed, refresh = unpack(KEYS)
local input = cjson.decode(ARGV[1])
local attempt, sha256 = input.attempt, input.meta.sha256

local function finish(result, revision, previous)
  redis.call('UNLINK', staged, compressed)
  return { result, text(revision), text(previous) }
end

if not hasLease(refresh, attempt.token) or isForeign(meta, input.own) then return finish('lease-lost', 0, 0) end

local now = clock()
local stored = redis.call('HMGET', meta, 'revision', 'pinnedUntil', 'waitingSha256', 'heldSha256', 'heldSince', 'sha256')
local previous = plausible(stored[1], now)
local pinnedUntil, waitingSha256, heldSha256, heldSince = stored[2], stored[3], stored[4], stored[5]

if isCurrent(meta, settings, sha256) then
  finishUnchanged(refresh, meta, audit, now, input)
  return finish('unchanged', previous, previous)
end
if redis.call('EXISTS', staged) == 0 then return { 'body-needed', text(previous), text(previous) } end
-- Summary and guard compared it with another settings-file than the one that it would replace.
if previous ~= input.knownRevision then return finish('moved', previous, previous) end

if pinnedUntil and previous > 0 then
  local isNews = waitingSha256 ~= sha256
  if isNews then
    appendAudit(audit, input.auditKept, 'what', 'pinned', 'summary', input.summary, 'sha256', sha256,
      'trigger', input.meta.trigger)
  end
  complete(refresh, attempt, now, isNews)
  forgetHold(meta)
  noteChecked(meta, input)
  redis.call('HSET', meta, 'waiting', input.summary, 'waitingSha256', sha256)
  keepCandidate(meta, staged)
  return finish('pinned', previous, previous)
end

if input.hold and redis.call('HGET', refresh, 'released') ~= sha256 then
  local isNews = heldSha256 ~= sha256
  if isNews then
    appendAudit(audit, input.auditKept, 'what', 'hold', 'summary', input.hold.held .. '; ' .. input.summary,
      'sha256', sha256, 'trigger', input.meta.trigger)
  end
  complete(refresh, attempt, now, isNews)
  forgetWaiting(meta)
  noteChecked(meta, input)
  redis.call('HSET', meta, 'held', input.hold.held, 'heldSha256', sha256)
  keepCandidate(meta, staged)
  -- Whoever pauses one campaign after the other does not wait anew for each. A time to come is from before Redis' clock
  -- was set back.
  if not heldSince or heldSince > input.hold.heldSince then
    redis.call('HSET', meta, 'heldSince', input.hold.heldSince, 'heldUntil', input.hold.heldUntil)
  end
  return finish('held', previous, previous)
end

local revision = math.max(now, previous + 1, input.knownRevision + 1)
if previous > 0 and stored[6] then noteReplaced(refresh, now, stored[6], sha256) end
makeCurrent(KEYS, input, 'publish', revision, ARGV[2], ARGV[3])
claim(meta, input.own)
complete(refresh, attempt, now, true)
forgetReleased(refresh)
return finish('published', revision, previous)
