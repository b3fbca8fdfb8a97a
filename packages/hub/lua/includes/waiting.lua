-- Nothing waits for the end of a pin any more.
local function forgetWaiting(meta) redis.call('HDEL', meta, 'waiting', 'waitingSha256') end

-- The guard holds nothing back any more.
local function forgetHold(meta) redis.call('HDEL', meta, 'held', 'heldSha256', 'heldSince', 'heldUntil') end
