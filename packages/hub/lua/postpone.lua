-- Ends an attempt that brought nothing to store: its ticket stays open, and no hub fetches before the delay.
--
-- KEYS  1 refresh
-- ARGV  1 token   2 delayMs   3 fetches in a row that brought nothing, this one included
-- Returns 1, or 0 when another hub has taken over.

--- @include "attempt"
--- @include "clock"

if not hasLease(KEYS[1], ARGV[1]) then return 0 end
local now = clock()
giveBack(KEYS[1])
redis.call('HSET', KEYS[1], 'lastFetchAt', text(now), 'notBefore', text(now + ARGV[2]), 'fruitless', ARGV[3])
return 1
