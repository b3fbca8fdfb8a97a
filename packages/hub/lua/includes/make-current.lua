--- @include "append-audit"
--- @include "clock"
--- @include "permitted"
--- @include "revision"
--- @include "text"
--- @include "waiting"

-- In a cluster a plain message goes to every node; a sharded one stays where its subscribers are. Redis 6 has none.
local function broadcast(channel, isCluster, message)
  local isSent = isCluster and type(redis.pcall('SPUBLISH', channel, message)) == 'number'
  if not isSent then redis.call('PUBLISH', channel, message) end
end

-- What is told of each kept revision: as long as it is kept, whatever else the audit has to tell meanwhile.
local function toldOf(revisions) return revisions .. ':told' end

local function tell(revisions, number, fields)
  local key, value = toldOf(revisions), cjson.encode(fields)
  -- What is put back is told of by what it was.
  local command = fields[2] == 'restored' and 'HSETNX' or 'HSET'
  if type(redis.pcall(command, key, number, value)) == 'number' then return end
  -- Of another type: no hub has written it.
  redis.call('UNLINK', key)
  redis.call('HSET', key, number, value)
end

-- Keeps so many revisions, and the compressed texts of the two newest.
local function forgetOld(settings, revisions, kept)
  local excess = redis.call('ZCARD', revisions) - kept
  if excess > 0 then
    for _, old in ipairs(redis.call('ZRANGE', revisions, 0, excess - 1)) do
      redis.call('UNLINK', settings .. ':' .. old, settings .. ':' .. old .. ':gz')
      redis.call('ZREM', revisions, old)
      redis.call('HDEL', toldOf(revisions), old)
    end
  end
  for _, old in ipairs(redis.call('ZREVRANGE', revisions, 2, 2)) do
    redis.call('UNLINK', settings .. ':' .. old .. ':gz')
  end
end

-- Makes the staged settings-file the current revision: settings, meta, history, audit and the message on the channel.
-- The body was staged by a plain SET before, because Lua copies large strings slowly.
--
-- keys    { meta, settings, revisions, audit, staged, compressed }, where every script that publishes has them
-- input   { meta, summary, entry, channel, isCluster, auditKept, revisionsKept }
-- what    happened, for the audit
-- head, tail   the message before and after its revision number
local function makeCurrent(keys, input, what, revision, head, tail)
  local meta, settings, revisions, audit, staged, compressed = unpack(keys)
  local number = text(revision)
  local own = settings .. ':' .. number
  local isSharded = input.isCluster and isPermitted('SPUBLISH', input.channel, '')
  demand({
    { 'XADD', audit, '*', 'what', what }, { 'RENAME', staged, own }, { 'PERSIST', own },
    { 'COPY', own, settings, 'REPLACE' }, { 'HDEL', meta, 'held' }, { 'HSET', meta, 'revision', number },
    { 'ZADD', revisions, number, number }, { 'ZCARD', revisions }, { 'ZRANGE', revisions, 0, 0 },
    { 'ZREVRANGE', revisions, 2, 2 }, { 'ZREM', revisions, number }, { 'ZREMRANGEBYSCORE', revisions, 1, 0 }, { 'UNLINK', own },
    { 'HSET', toldOf(revisions), number, '' }, { 'HSETNX', toldOf(revisions), number, '' }, { 'HDEL', toldOf(revisions), number },
    { isSharded and 'SPUBLISH' or 'PUBLISH', input.channel, '' },
  })

  local fields = { 'what', what, 'revision', number, 'summary', input.summary,
    'campaigns', input.meta.campaigns or '', 'trigger', input.meta.trigger or '', unpack(input.entry or {}) }
  appendAudit(audit, input.auditKept, unpack(fields))

  redis.call('RENAME', staged, own)
  redis.call('PERSIST', own)
  redis.call('COPY', own, settings, 'REPLACE')
  if redis.call('EXISTS', compressed) == 1 then
    redis.call('RENAME', compressed, own .. ':gz')
    redis.call('PERSIST', own .. ':gz')
  end

  redis.call('HDEL', meta, 'contentOf')
  forgetWaiting(meta)
  forgetHold(meta)
  redis.call('HSET', meta, 'revision', number)
  for field, value in pairs(input.meta) do redis.call('HSET', meta, field, value) end

  redis.call('ZREMRANGEBYSCORE', revisions, text(clock() + AHEAD_MS), '+inf')
  redis.call('ZADD', revisions, number, number)
  tell(revisions, number, fields)
  forgetOld(settings, revisions, input.revisionsKept)
  broadcast(input.channel, input.isCluster, head .. number .. tail)
end
