-- No name, version or message is longer, in bytes; a longer one is read as "…".
local LONGEST = 1000

-- Named fields of a hash, false for each that it has not. What else it has is not read. Nil when it is no hash.
local function boundedFields(key, names)
  local wanted, places, values = {}, {}, {}
  for index, name in ipairs(names) do
    local length = redis.pcall('HSTRLEN', key, name)
    if type(length) == 'table' then
      if length.err:find('WRONGTYPE', 1, true) then return nil end
      length = 1 -- Whoever may not ask for it is an older user of a hub.
    end
    values[index] = length > LONGEST and '…'
    if length > 0 and length <= LONGEST then
      wanted[#wanted + 1] = name
      places[#places + 1] = index
    end
  end
  if #wanted == 0 then return values end
  local found = redis.pcall('HMGET', key, unpack(wanted))
  if found.err then return nil end
  for index, place in ipairs(places) do values[place] = found[index] end
  return values
end
