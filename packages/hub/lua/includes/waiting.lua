-- Nothing waits for the end of a pin any more.
local function forgetWaiting(meta) redis.call('HDEL', meta, 'waiting', 'waitingSha256') end

-- The guard holds nothing back any more.
local function forgetHold(meta) redis.call('HDEL', meta, 'held', 'heldSha256', 'heldSince', 'heldUntil') end

-- Nothing is let through the guard any more. Should `refresh` be of another type, then there is nothing to forget.
local function forgetReleased(refresh) redis.pcall('HDEL', refresh, 'released') end
