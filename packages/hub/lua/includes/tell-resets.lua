--- @include "append-audit"
--- @include "clock"
--- @include "counters"

-- Each is told once in this time: whoever writes it may go on, and would fill the audit.
local TELL_AGAIN_MS = 3600000
-- So many entries are looked through for whether it has been told.
local LOOKED_THROUGH = 100

-- Tells the audit what was found that no hub writes. Returns the names of what it was told.
local function tellResets(audit, kept)
  if #resets == 0 then return {} end
  local since = text(clock() - TELL_AGAIN_MS)
  local entries = read('audit', 'XREVRANGE', audit, '+', since, 'COUNT', LOOKED_THROUGH) or {}
  local isTold, told = {}, {}
  for _, entry in ipairs(entries) do
    local fields = entry[2]
    if fields[2] == 'reset' and fields[3] == 'of' then isTold[fields[4]] = true end
  end
  for _, name in ipairs(resets) do
    if not isTold[name] then
      isTold[name] = true
      told[#told + 1] = name
      appendAudit(audit, kept, 'what', 'reset', 'of', name,
        'summary', name .. ' held what neither a hub nor an app writes: it begins anew')
    end
  end
  return told
end
