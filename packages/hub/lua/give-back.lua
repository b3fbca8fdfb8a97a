-- Gives back the lease of an attempt before its end, with the ticket still open.
--
-- KEYS  1 refresh
-- ARGV  1 token
-- Returns 1, or 0 when another hub has taken over.

--- @include "attempt"

if not hasLease(KEYS[1], ARGV[1]) then return 0 end
giveBack(KEYS[1])
return 1
