-- Ends an attempt that brought nothing to store: its ticket stays open, and no hub fetches before the delay.
--
-- KEYS  1 refresh
-- ARGV  1 token   2 delayMs   3 fetches in a row that brought nothing, this one included
-- Returns 1, or 0 when another hub has taken over.

if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then return 0 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HDEL', KEYS[1], 'owner', 'leaseUntil')
redis.call('HSET', KEYS[1], 'lastFetchAt', string.format('%.0f', now),
  'notBefore', string.format('%.0f', now + ARGV[2]), 'fruitless', ARGV[3])
return 1
