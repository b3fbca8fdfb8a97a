/**
 * The values that labels can have. They are all known from the start, and nothing that comes from outside is among them.
 *
 * @module
 */
import type { Trigger } from '@vwo-hub/protocol'
import type { HubErrorCode } from '../errors.ts'
import type { AttemptResult } from '../flow/attempt.ts'
import type { AppCounts } from '../http/for-apps/apps-app.ts'
import type { WebhookCounts } from '../http/webhook/webhook.ts'

/** What causes a fetch. Whatever else is found in Redis counts as `other`. */
export const TRIGGERS: readonly Trigger[] = [
  'webhook',
  'recheck',
  'poll',
  'start',
  'manual',
  'guard',
  'pin',
  'app',
  'other',
]

/** What a fetch usually comes to. */
export const ATTEMPT_RESULTS: readonly (AttemptResult['result'] | HubErrorCode)[] = [
  'published',
  'unchanged',
  'pinned',
  'held',
  'settings-refused',
  'vwo-unreachable',
  'vwo-refused',
  'redis-unreachable',
  'internal',
  'lease-lost',
]

/** What became of webhooks: the count, and the name that it has as a label. */
export const WEBHOOK_RESULTS: readonly (readonly [field: keyof WebhookCounts, result: string])[] = [
  ['accepted', 'accepted'],
  ['refused', 'refused'],
  ['malformed', 'malformed'],
  ['tooLarge', 'too-large'],
  ['unavailable', 'unavailable'],
]

/** What became of the requests of apps. */
export const APP_RESULTS: readonly Exclude<keyof AppCounts, 'waiting'>[] = [
  'served',
  'unchanged',
  'missing',
  'refused',
]
