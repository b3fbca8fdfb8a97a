-- Makes one settings-file the current revision: settings, meta, history, audit and the message on the channel
-- in one atomic step. The body was staged by a plain SET before, because Lua copies large strings slowly.
--
-- KEYS  1 refresh   2 meta   3 settings   4 revisions   5 audit   6 staged   7 staged, compressed
-- ARGV  1 JSON: what to publish, see `Publication` in src/store/put.ts
--       2, 3 the message before and after its revision number
--
-- Returns { result, revision, what it replaced }; result is
--   "published"    it is the current revision now
--   "unchanged"    the same text was current already; only the time of the check moved
--   "pinned"       an operator has pinned what is current; it is noted that something newer waits
--   "held"         the guard holds it back, and nobody has released it; that is noted
--   "moved"        what is current is not what this was compared with; nothing was written
--   "body-needed"  it is new, but no body is staged; nothing was written
--   "lease-lost"   another hub has taken over this refresh; nothing was written

local refresh, meta, settings, revisions, audit, staged, compressed = unpack(KEYS)
local input = cjson.decode(ARGV[1])

local function text(number) return string.format('%.0f', number) end

local function finish(result, revision, previous)
  redis.call('UNLINK', staged, compressed)
  return { result, text(revision), text(previous) }
end

local function note(what, ...)
  redis.call('XADD', audit, 'MAXLEN', '~', input.auditKept, '*', 'what', what, ...)
end

if input.token and redis.call('HGET', refresh, 'owner') ~= input.token then return finish('lease-lost', 0, 0) end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local stored = redis.call('HMGET', meta, 'revision', 'sha256', 'pinnedUntil', 'waitingSha256', 'heldSha256')
local previous = tonumber(stored[1]) or 0
local pinnedUntil, waitingSha256, heldSha256 = stored[3], stored[4], stored[5]
local sha256 = input.meta.sha256
local isSame = stored[2] == sha256 and redis.call('EXISTS', settings) == 1

if input.restore and previous >= input.knownRevision then return finish('unchanged', previous, previous) end
if not (isSame and not input.restore) and redis.call('EXISTS', staged) == 0 then
  return { 'body-needed', text(previous), text(previous) }
end
-- Summary and guard compared it with another settings-file than the one that it would replace.
if not isSame and not input.restore and previous ~= input.knownRevision then
  return finish('moved', previous, previous)
end

-- A pin and the guard stop what a hub has fetched (it has a token), never what a person rolls back to.
local result, isNews = 'published', true
if isSame and not input.restore then
  result, isNews = 'unchanged', false
elseif input.token and pinnedUntil then
  result, isNews = 'pinned', waitingSha256 ~= sha256
elseif input.hold and redis.call('HGET', refresh, 'released') ~= sha256 then
  result, isNews = 'held', heldSha256 ~= sha256
end

-- Completes the ticket and gives the lease back.
if input.token then
  local counters = redis.call('HMGET', refresh, 'requested', 'completed')
  redis.call('HSET', refresh, 'completed', text(math.max(tonumber(counters[2]) or 0, input.ticket)),
    'lastFetchAt', text(now))
  redis.call('HDEL', refresh, 'owner', 'leaseUntil')
  if (tonumber(counters[1]) or 0) <= input.ticket then
    redis.call('HDEL', refresh, 'trigger')
    -- VWO has taken back what was released: should it come again, it is another change.
    if result == 'unchanged' then redis.call('HDEL', refresh, 'released') end
  end
  if isNews then
    redis.call('HDEL', refresh, 'fruitless', 'notBefore')
  elseif input.delayMs > 0 then
    redis.call('HSET', refresh, 'fruitless', text(input.fruitless), 'notBefore', text(now + input.delayMs))
  end
end

if result ~= 'published' and input.meta.checkedAt then
  redis.call('HSET', meta, 'checkedAt', input.meta.checkedAt)
end
-- What waited is this one, or VWO has taken it back.
redis.call('HDEL', meta, 'waiting', 'waitingSha256')
if result ~= 'held' then redis.call('HDEL', meta, 'held', 'heldSha256', 'heldSince', 'heldUntil') end

if result == 'unchanged' then
  if heldSha256 then
    note('release', 'summary', 'VWO has the published settings again: nothing is held back any more', 'trigger',
      input.meta.trigger or 'poll')
  end
  return finish(result, previous, previous)
end
if result == 'pinned' then
  redis.call('HSET', meta, 'waiting', input.summary, 'waitingSha256', sha256)
  if isNews then note('pinned', 'summary', input.summary, 'sha256', sha256, 'trigger', input.meta.trigger) end
  return finish(result, previous, previous)
end
if result == 'held' then
  redis.call('HSET', meta, 'held', input.hold.held, 'heldSha256', sha256)
  -- Whoever pauses one campaign after the other does not wait anew for each. A time to come is from before Redis' clock
  -- was set back.
  local since = redis.call('HGET', meta, 'heldSince')
  if not since or since > input.hold.heldSince then
    redis.call('HSET', meta, 'heldSince', input.hold.heldSince, 'heldUntil', input.hold.heldUntil)
  end
  if isNews then
    note('hold', 'summary', input.hold.held .. '; ' .. input.summary, 'sha256', sha256, 'trigger', input.meta.trigger)
  end
  return finish(result, previous, previous)
end

local revision = input.restore and input.knownRevision
  or math.max(now, previous + 1, input.knownRevision + 1)
local own = settings .. ':' .. text(revision)

redis.call('RENAME', staged, own)
redis.call('PERSIST', own)
redis.call('COPY', own, settings, 'REPLACE')
if redis.call('EXISTS', compressed) == 1 then
  redis.call('RENAME', compressed, own .. ':gz')
  redis.call('PERSIST', own .. ':gz')
end

redis.call('HDEL', meta, 'contentOf')
if input.restore then redis.call('HDEL', meta, 'pinnedUntil') else redis.call('HDEL', refresh, 'released') end
redis.call('HSET', meta, 'revision', text(revision))
for field, value in pairs(input.meta) do redis.call('HSET', meta, field, value) end
-- Times of one form are in the order of their letters. A pin that lasts longer stays.
if input.pinnedUntil and (pinnedUntil or '') < input.pinnedUntil then
  redis.call('HSET', meta, 'pinnedUntil', input.pinnedUntil, 'pinSetAt', text(now))
end

redis.call('ZADD', revisions, text(revision), text(revision))
local excess = redis.call('ZCARD', revisions) - input.revisionsKept
if excess > 0 then
  for _, old in ipairs(redis.call('ZRANGE', revisions, 0, excess - 1)) do
    redis.call('UNLINK', settings .. ':' .. old, settings .. ':' .. old .. ':gz')
    redis.call('ZREM', revisions, old)
  end
end
for _, old in ipairs(redis.call('ZREVRANGE', revisions, 2, 2)) do
  redis.call('UNLINK', settings .. ':' .. old .. ':gz')
end

note(input.what, 'revision', text(revision), 'summary', input.summary, 'campaigns', input.meta.campaigns or '',
  'trigger', input.meta.trigger or '', unpack(input.entry or {}))
local message = ARGV[2] .. text(revision) .. ARGV[3]
-- In a cluster a plain message goes to every node; a sharded one stays where its subscribers are. Redis 6 has none.
local isSent = input.isCluster and type(redis.pcall('SPUBLISH', input.channel, message)) == 'number'
if not isSent then redis.call('PUBLISH', input.channel, message) end
return finish('published', revision, previous)
