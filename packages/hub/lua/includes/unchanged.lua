--- @include "append-audit"
--- @include "attempt"
--- @include "clock"
--- @include "identity"
--- @include "revision"
--- @include "waiting"
--- @include "whole-settings"

-- Whether this text is what is published, under a revision that can be.
local function isCurrent(meta, settings, sha256)
  local stored = redis.call('HMGET', meta, 'sha256', 'bytes')
  return stored[1] == sha256 and revisionOf(meta, clock()) > 0 and isWhole(redis.call('STRLEN', settings), stored[2])
end

-- VWO was asked, and what is published stays. The hub that asked says what it speaks, whoever has published.
local function noteChecked(meta, input)
  redis.call('HSET', meta, 'checkedAt', input.meta.checkedAt, 'speaks', input.meta.speaks)
  claim(meta, input.own)
end

-- Ends an attempt that found published what VWO has.
--
-- input  { meta: { checkedAt, speaks, trigger }, attempt, own, auditKept }
local function finishUnchanged(refresh, meta, audit, now, input)
  if redis.call('HEXISTS', meta, 'heldSha256') == 1 then
    appendAudit(audit, input.auditKept, 'what', 'release',
      'summary', 'VWO has the published settings again: nothing is held back any more', 'trigger', input.meta.trigger)
  end
  -- VWO has taken back what was released: should it come again, it is another change.
  if complete(refresh, input.attempt, now, false) then forgetReleased(refresh) end
  noteChecked(meta, input)
  forgetWaiting(meta)
  forgetHold(meta)
end
