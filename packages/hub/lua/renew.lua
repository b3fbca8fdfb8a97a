-- Extends the lease of an attempt that is still under way; ARGV[2] = 0 gives it back.
--
-- KEYS  1 refresh
-- ARGV  1 token   2 leaseMs
-- Returns 1, or 0 when another hub has taken over.

if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then
  redis.call('HDEL', KEYS[1], 'owner', 'leaseUntil')
else
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  redis.call('HSET', KEYS[1], 'leaseUntil', string.format('%.0f', now + ARGV[2]))
end
return 1
