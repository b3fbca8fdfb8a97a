-- Writes what a hub says about itself, and looks, on behalf of all hubs, whether nodes are ahead of Redis.
--
-- KEYS  1 hub   2 hubs   3 nodes   4 meta   5 refresh   6 audit
-- ARGV  1 JSON: { id, fields, startedAt, reportMs, nodeMs, nodesRead, nodeKey, auditKept }; nodeKey is the first part of
--       the keys of nodes
--
-- Returns { names of what was reset and told the audit, how many nodes are ahead, the highest of their revisions }. The
-- latter two are 0 unless this hub is to do something about it.

--- @include "bounded"
--- @include "clock"
--- @include "counters"
--- @include "recent"
--- @include "revision"
--- @include "tell-resets"

-- As often as hubs report.
local LOOK_MS = 4500
-- What apps report makes hubs publish anew no more often than that.
local RAISE_AGAIN_MS = 600000

local hub, hubs, nodes, meta, refresh, audit = unpack(KEYS)
local input = cjson.decode(ARGV[1])
local now = clock()

-- Who reports again has a time that can be.
local function forgetTimesToCome(key)
  redis.call('ZREMRANGEBYSCORE', key, '(' .. text(now + CLOCKS_APART_MS), '+inf')
end

-- Who has reported lately. What is too long to be a node is removed.
local function listNodes()
  local _, listed, long = recent(nodes, now, input.nodeMs, input.nodesRead)
  for _, id in ipairs(long) do redis.call('ZREM', nodes, id) end
  return listed
end

-- Of these: how many have a revision that Redis has not, and the highest of them.
local function findAhead(listed)
  local published = revisionOf(meta, now)
  if published == 0 then return 0, 0 end
  local count, highest = 0, 0
  for index = 1, #listed, 2 do
    local fields = boundedFields(input.nodeKey .. listed[index], { 'revision' })
    local revision = fields and whole(fields[1]) or 0
    if revision > published and revision <= now + CLOCKS_APART_MS then
      count = count + 1
      highest = math.max(highest, revision)
    end
  end
  return count, highest
end

-- No more than one hub looks at a time, and what it finds is one hub's to mend.
local function lookForAhead()
  local lookedAt, raiseAt = unpack(readNumbers(refresh, { 'lookedForAheadAt', 'raiseAskedAt' }))
  if lookedAt and lookedAt <= now and now - lookedAt < LOOK_MS then return 0, 0 end
  redis.call('HSET', refresh, 'lookedForAheadAt', text(now))
  local listed = listNodes()
  if raiseAt and raiseAt <= now and now - raiseAt < RAISE_AGAIN_MS then return 0, 0 end
  local count, highest = findAhead(listed)
  if count > 0 then redis.call('HSET', refresh, 'raiseAskedAt', text(now)) end
  return count, highest
end

read('hub', 'HGET', hub, 'state')
for name, value in pairs(input.fields) do redis.call('HSET', hub, name, value) end
if input.startedAt then redis.call('HSETNX', hub, 'startedAt', input.startedAt) end
redis.call('PEXPIRE', hub, input.reportMs)
read('hubs', 'ZCARD', hubs)
redis.call('ZADD', hubs, text(now), input.id)
redis.call('ZREMRANGEBYSCORE', hubs, '-inf', text(now - 10 * input.reportMs))
forgetTimesToCome(hubs)
if read('nodes', 'ZCARD', nodes) then forgetTimesToCome(nodes) end
local count, highest = lookForAhead()
return { tellResets(audit, input.auditKept), count, text(highest) }
