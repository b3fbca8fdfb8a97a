-- Puts back the settings-file of the current revision: Redis may throw it away for want of memory, and keep its meta;
-- or somebody has written over it.
--
-- KEYS  1 meta   2 settings   3 settings:<revision>
-- ARGV  1 the revision   2 its settings-file
-- Returns 1, or 0 when another one is current; nothing was written then.

if redis.call('HGET', KEYS[1], 'revision') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2])
redis.call('SET', KEYS[3], ARGV[2])
redis.call('HSET', KEYS[1], 'bytes', #ARGV[2])
return 1
