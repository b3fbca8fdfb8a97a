-- Adds an entry to the audit stream. Before anything else is written: should Redis refuse it, then nothing is. What a person
-- did is kept a second time, where nothing else that happens can push it out.
local function appendAudit(audit, kept, ...)
  redis.call('XADD', audit, 'MAXLEN', '~', kept, '*', ...)
  for index = 1, select('#', ...), 2 do
    if select(index, ...) == 'as' then redis.pcall('XADD', audit .. ':acts', 'MAXLEN', '~', kept, '*', ...) end
  end
end
