-- Adds an entry to the audit stream. Before anything else is written: should Redis refuse it, then nothing is.
local function note(audit, kept, ...) redis.call('XADD', audit, 'MAXLEN', '~', kept, '*', ...) end
