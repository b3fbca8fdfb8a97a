-- Lists who has reported lately, and what is published.
--
-- KEYS  1 nodes   2 meta   3 revisions
-- ARGV  1 how long a report counts, in milliseconds   2 how many nodes are listed: of more, those seen last
--
-- Returns { now, how many have reported, { id, when, … }, revision or "", the newest of the kept revisions }.

--- @include "clock"
--- @include "recent"
--- @include "revision"

local nodes, meta, revisions = unpack(KEYS)
local now = clock()
local total, listed = recent(nodes, now, tonumber(ARGV[1]), tonumber(ARGV[2]))
local kept = redis.pcall('ZRANGE', revisions, -100, -1)
local revision = revisionOf(meta, now)
return { text(now), total, listed, revision > 0 and text(revision) or '', kept.err and {} or kept }
