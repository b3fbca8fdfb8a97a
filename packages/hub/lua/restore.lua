-- Puts back a revision that Redis has lost, under its number, unless something newer is there.
--
-- KEYS  1 meta   2 settings   3 revisions   4 audit   5 staged   6 staged, compressed
-- ARGV  1 JSON: see `Publication` in src/environment/publish.ts
--       2, 3 the message before and after its revision number
--
-- Returns { "published" | "unchanged" | "body-needed", revision, what it replaced }. With "unchanged" something newer is
-- there, with "body-needed" no body is staged; nothing was written then.

--- @include "clock"
--- @include "make-current"
--- @include "revision"

local meta, _, _, _, staged, compressed = unpack(KEYS)
local input = cjson.decode(ARGV[1])
local previous = revisionOf(meta, clock())

if previous >= input.knownRevision then
  redis.call('UNLINK', staged, compressed)
  return { 'unchanged', text(previous), text(previous) }
end
if redis.call('EXISTS', staged) == 0 then return { 'body-needed', text(previous), text(previous) } end

makeCurrent(KEYS, input, 'restored', input.knownRevision, ARGV[2], ARGV[3])
-- What is put back brings its own pin.
if not input.meta.pinnedUntil then redis.call('HDEL', meta, 'pinnedUntil') end
return { 'published', text(input.knownRevision), text(previous) }
