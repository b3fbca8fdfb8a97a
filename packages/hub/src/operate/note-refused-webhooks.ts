import type { Environment } from '../environment/environment.ts'
import { counted } from '../text/words.ts'

/** Tells the audit of webhooks with a wrong secret; not that they were refused depends on it. */
export function noteRefusedWebhooks(environment: Pick<Environment, 'note'> | undefined, count: number): void {
  const summary = `${counted(count, 'webhook')} refused: wrong or missing secret. Compare x-vwo-auth at VWO with the configured secrets.`
  environment?.note({ what: 'webhook-refused', summary }).catch(() => {})
}
