-- Whether what is published is of another account or sdkKey than a hub's own identity, where it has told one.
local function isForeign(meta, own)
  local stored = own and redis.call('HGET', meta, 'identity')
  return stored and stored ~= own.identity
end

-- Notes whose settings these are, where nobody has yet.
local function claim(meta, own)
  if own and redis.call('HEXISTS', meta, 'identity') == 0 then
    redis.call('HSET', meta, 'identity', own.identity, 'identitySalt', own.identitySalt)
  end
end
