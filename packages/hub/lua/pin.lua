-- Pins what is published: nothing that hubs fetch replaces it until the pin has ended.
--
-- KEYS  1 refresh   2 meta   3 audit
-- ARGV  1 pinnedUntil, ISO 8601   2 how many audit entries are kept   3... the audit entry
-- Returns 1, or 0 when there is nothing to pin; nothing was written then.

local refresh, meta, audit = unpack(KEYS)
if redis.call('HEXISTS', meta, 'revision') == 0 then return 0 end

-- What the guard holds back waits for the end of the pin now, and is judged anew then.
local held = redis.call('HMGET', meta, 'held', 'heldSha256')
if held[1] and held[2] then redis.call('HSET', meta, 'waiting', held[1], 'waitingSha256', held[2]) end
redis.call('HDEL', meta, 'held', 'heldSha256', 'heldSince', 'heldUntil')
redis.call('HDEL', refresh, 'released')

local time = redis.call('TIME')
-- The last word has the highest number, also after Redis' clock has stepped back.
local setAt = math.max(time[1] * 1000 + math.floor(time[2] / 1000),
  (tonumber(redis.call('HGET', meta, 'pinSetAt')) or 0) + 1)
redis.call('HSET', meta, 'pinnedUntil', ARGV[1], 'pinSetAt', string.format('%.0f', setAt))
redis.call('XADD', audit, 'MAXLEN', '~', ARGV[2], '*', unpack(ARGV, 3))
return 1
