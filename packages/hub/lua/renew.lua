-- Extends the lease of an attempt that is still under way.
--
-- KEYS  1 refresh
-- ARGV  1 token   2 leaseMs
-- Returns 1, or 0 when another hub has taken over.

--- @include "attempt"
--- @include "clock"

if not hasLease(KEYS[1], ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'leaseUntil', text(clock() + ARGV[2]))
return 1
