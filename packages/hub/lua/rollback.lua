-- Publishes what a person has decided on as a new revision, past any pin: an earlier settings-file, or one by hand.
--
-- KEYS  1 meta   2 settings   3 revisions   4 audit   5 staged   6 staged, compressed   7 refresh
-- ARGV  1 JSON: see `Publication` in src/environment/publish.ts
--       2, 3 the message before and after its revision number
--
-- Returns { "published" | "moved" | "body-needed", revision, what it replaced, the end of the pin or "" }. With "moved"
-- something else is published than what it was to replace, with "body-needed" no body is staged; nothing was written then.

--- @include "clock"
--- @include "make-current"
--- @include "pin-set-at"
--- @include "revision"

local meta, _, _, _, staged, compressed, refresh = unpack(KEYS)
local input = cjson.decode(ARGV[1])
local now = clock()
local previous, pinnedUntil = revisionOf(meta, now), redis.call('HGET', meta, 'pinnedUntil')

if previous ~= input.knownRevision then
  redis.call('UNLINK', staged, compressed)
  return { 'moved', text(previous), text(previous) }
end
if redis.call('EXISTS', staged) == 0 then return { 'body-needed', text(previous), text(previous) } end

local revision = math.max(now, previous + 1)
makeCurrent(KEYS, input, input.what, revision, ARGV[2], ARGV[3])
forgetReleased(refresh)
-- Times of one form are in the order of their letters. A pin that lasts longer stays.
if input.pinnedUntil and (pinnedUntil or '') < input.pinnedUntil then
  pinnedUntil = input.pinnedUntil
  redis.call('HSET', meta, 'pinnedUntil', pinnedUntil, 'pinSetAt', nextPinSetAt(meta))
end
return { 'published', text(revision), text(previous), pinnedUntil or '' }
