-- Reads what nodes or hubs say about themselves. One that cannot be read does not keep the others from being read.
--
-- KEYS  the reports
-- ARGV  names of their fields
-- Returns for each report its fields in that order, empty where there is none, "…" where it is too long; an empty list when it is gone; nil when it
-- is no report at all.

--- @include "bounded"

local reports = {}
for index, key in ipairs(KEYS) do
  local fields = boundedFields(key, ARGV)
  local isThere = false
  for place in ipairs(ARGV) do
    if fields and fields[place] then isThere = true elseif fields then fields[place] = '' end
  end
  reports[index] = fields and (isThere and fields or {}) or false
end
return reports
