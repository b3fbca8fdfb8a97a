/**
 * A hub whose stages are timed from outside: by what Node and ioredis tell on their diagnostics channels. The hub
 * itself is the same as everywhere.
 *
 * Environment variables: those of a hub. Sends `ready` once it has published, the URL that takes webhooks, and then the
 * stages of each refresh that a webhook has caused; told `processor`, the processor time that it has taken so far.
 */
import { createHash } from 'node:crypto'
import { subscribe, tracingChannel } from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'
import { createHub } from '@vwo-hub/hub'
import { readConfig, secretsOf } from '../../../packages/hub/dist/config/config.js'
import { scripts } from '../../../packages/hub/dist/environment/scripts.js'
import { createLog } from '../../../packages/hub/dist/log/log.js'
import { nowMs } from './measure.ts'

/** Of one refresh, in milliseconds. What ends with `At` is a time of {@link nowMs}. */
export interface Stages {
  /** From the request's headers until Redis has the ticket. Before the webhook is accepted. */
  readonly webhook: number
  /** Until this hub has the lease and begins to fetch. */
  readonly lease: number
  /** From the request to VWO until its first byte. */
  readonly answer: number
  /** Until the body is there. */
  readonly body: number
  /** Check, dry run, guard and summary, until the text is sent to Redis. */
  readonly check: number
  /** Until the script that publishes has answered. */
  readonly store: number
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
subscribe('http.client.request.start', () => note('fetching'))
subscribe('http.client.response.finish', (message) => {
  note('answered')
  const { response } = message as { readonly response: IncomingMessage }
  response.once('end', () => note('fetched'))
})

const nameOf = new Map(
  Object.entries(scripts).map(([name, { lua }]) => [createHash('sha1').update(lua).digest('hex'), name]),
)

interface Traced {
  readonly command: string
  readonly args: readonly string[]
}
const scriptOf = ({ command, args }: Traced): string | undefined =>
  command === 'evalsha' ? nameOf.get(args[0] ?? '') : undefined

tracingChannel('ioredis:command').subscribe({
  start(message) {
    if ((message as Traced).command === 'set') note('staged')
  },
  end: () => {},
  asyncStart: () => {},
  asyncEnd(message) {
    const script = scriptOf(message as Traced)
    if (script === 'vwoRequest') note('accepted')
    if (script === 'vwoPublish' && times.has('requested')) tell()
  },
  error: () => {},
})

function tell(): void {
  note('stored')
  process.send?.({
    webhook: at('accepted') - at('requested'),
    lease: at('fetching') - at('accepted'),
    answer: at('answered') - at('fetching'),
    body: at('fetched') - at('answered'),
    check: at('staged') - at('fetched'),
    store: at('stored') - at('staged'),
    storedAt: at('stored'),
  } satisfies Stages)
  times.delete('requested')
}

process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.((user + system) / 1000)
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
