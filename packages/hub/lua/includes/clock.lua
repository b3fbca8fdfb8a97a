-- Redis' clock, in Unix milliseconds: the one that all hubs and nodes go by.
local function clock()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
