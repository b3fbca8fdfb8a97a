/**
 * A hub whose stages are timed from outside: by what Node, undici and ioredis tell on their diagnostics channels. The hub
 * itself is the same as everywhere.
 *
 * Environment variables: those of a hub. Sends `ready` once it has published, the URL that takes webhooks, and then the
 * stages of each refresh that a webhook has caused.
 */
import { subscribe, tracingChannel } from 'node:diagnostics_channel'
import { createHub } from '@vwo-hub/hub'
import { readConfig, secretsOf } from '../../../packages/hub/dist/config/config.js'
import { createLog } from '../../../packages/hub/dist/log/log.js'
import { nowMs } from './measure.ts'

/** Of one refresh, in milliseconds. What ends with `At` is a time of {@link nowMs}. */
export interface Stages {
  /** From the request's headers until Redis has the ticket. Before the webhook is accepted. */
  readonly webhook: number
  /** Until this hub has the lease and begins to fetch. */
  readonly lease: number
  /** Until the body is there, without VWO's answer. */
  readonly fetch: number
  /** Check, dry run, guard and summary, until the text is sent to Redis. */
  readonly check: number
  /** Until the script that publishes has answered. */
  readonly store: number
  /** From the request to VWO until its first byte. */
  readonly vwoMs: number
  /** When Redis had the ticket: from here on it is accepted. */
  readonly acceptedAt: number
  readonly storedAt: number
}

/** When each thing has happened last; `requested` is there from a webhook until its settings are stored. */
const times = new Map<string, number>()
const note = (what: string): void => void times.set(what, nowMs())
const at = (what: string): number => times.get(what) ?? NaN

subscribe('http.server.request.start', () => {
  times.clear()
  note('requested')
})
subscribe('undici:request:create', () => note('fetching'))
subscribe('undici:client:sendHeaders', () => note('asked'))
subscribe('undici:request:headers', () => note('answered'))
subscribe('undici:request:trailers', () => note('fetched'))

const noteStart = (command: string): void => {
  if (command === 'set') note('staged')
}
const noteEnd = (command: string): void => {
  if (command === 'hincrby') note('accepted')
  if (command !== 'evalsha' && command !== 'eval') return
  // Only the script that publishes comes after what was fetched has been staged.
  if (!(at('staged') > at('fetched')) || !times.has('requested')) return
  note('stored')
  tell()
}

function tell(): void {
  const vwoMs = at('answered') - at('asked')
  process.send?.({
    webhook: at('accepted') - at('requested'),
    lease: at('fetching') - at('accepted'),
    fetch: at('fetched') - at('fetching') - vwoMs,
    check: at('staged') - at('fetched'),
    store: at('stored') - at('staged'),
    vwoMs,
    acceptedAt: at('accepted'),
    storedAt: at('stored'),
  } satisfies Stages)
  times.delete('requested')
}

const commandOf = (message: unknown): string => String((message as { readonly command?: unknown }).command)
tracingChannel('ioredis:command').subscribe({
  start: (message) => noteStart(commandOf(message)),
  end: () => {},
  asyncStart: () => {},
  asyncEnd: (message) => noteEnd(commandOf(message)),
  error: () => {},
})

const config = readConfig({
  ...process.env,
  HUB_PORT: '0',
  HUB_ADMIN_PORT: '0',
  HUB_HOST: '127.0.0.1',
  HUB_POLL_INTERVAL_MS: '0',
})
const log = createLog({
  level: 'info',
  secrets: secretsOf(config),
  destination: {
    write(line: string) {
      if (line.includes('"msg":"published"') && !isReady) ready()
    },
  },
})
let isReady = false
const { publicUrl } = await createHub(config, { log }).start()
function ready(): void {
  isReady = true
  process.send?.('ready')
  process.send?.(publicUrl)
}
