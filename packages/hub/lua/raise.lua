-- Publishes what is published once more, above a revision that nodes have and Redis has lost: they come back to it.
--
-- KEYS  1 meta   2 settings   3 revisions   4 audit   5 staged   6 staged, compressed
-- ARGV  1 JSON: see `Publication` in src/environment/publish.ts; `above` is the revision that nodes have
--       2, 3 the message before and after its revision number
--
-- Returns { "published" | "moved" | "body-needed", revision, what it replaced }. With "moved" something else is published
-- by now, with "body-needed" no body is staged; nothing was written then.

--- @include "clock"
--- @include "make-current"
--- @include "revision"

local meta, _, _, _, staged, compressed = unpack(KEYS)
local input = cjson.decode(ARGV[1])
local now = clock()
local previous = revisionOf(meta, now)

if previous ~= input.knownRevision then
  redis.call('UNLINK', staged, compressed)
  return { 'moved', text(previous), text(previous) }
end
if redis.call('EXISTS', staged) == 0 then return { 'body-needed', text(previous), text(previous) } end

local revision = math.max(now, previous + 1, input.above + 1)
makeCurrent(KEYS, input, 'raised', revision, ARGV[2], ARGV[3])
return { 'published', text(revision), text(previous) }
