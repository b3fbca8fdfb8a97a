/**
 * A VWO on this machine: the two endpoints that SDKs and the hub fetch the settings-file from, the webhook
 * with its retries, and every way to be slow or wrong.
 * @module
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { SandboxError } from '../errors.ts'
import { writeAnswer, writeError } from './answer.ts'
import { createControl } from './control.ts'
import { askedFor, endpointAt } from './endpoints.ts'
import { createFaultPlan, type Endpoint, type Fault, type FaultOrder } from './faults.ts'
import { createMilestones } from './milestones.ts'
import type { SimulatorRequest } from './requests.ts'
import {
  createWebhookSender,
  type RetryOptions,
  type WebhookAttempt,
  type WebhookTarget,
} from './webhooks.ts'

/** Text is served exactly as given, broken or not; anything else as its JSON. */
export type SettingsFileInput = string | object

export interface VwoSimulatorOptions {
  /** What is served. One of `settingsFile` and `file` is needed. */
  readonly settingsFile?: SettingsFileInput
  /** Path of a file to serve, read once. */
  readonly file?: string
  /** The one account that is known. */
  readonly accountId: number | string
  /** Its key. Any other is answered with status 400, as VWO does. */
  readonly sdkKey: string
  /** Default: a free one. */
  readonly port?: number
  /** @default "127.0.0.1" */
  readonly host?: string
  /** Where changes are announced. Default: nowhere, until {@link VwoSimulator.announceTo}. */
  readonly webhook?: WebhookTarget
  readonly retry?: RetryOptions
  /** Send an ETag, and answer 304 to a request that has it. VWO is not known to. @default false */
  readonly etag?: boolean
}

export interface VwoSimulator {
  /** `http://host:port`, the `VWO_BASE_URL` of a hub. */
  readonly url: string
  readonly port: number
  /** Every request for the settings-file, the oldest first. */
  readonly requests: readonly SimulatorRequest[]
  /** Every webhook post that has ended, the oldest first. */
  readonly attempts: readonly WebhookAttempt[]
  /**
   * Changes the settings-file and announces it.
   *
   * @param options.announce - False is a change that VWO sends no webhook for. Default true.
   * @returns As {@link VwoSimulator.post}; false at once when it is not announced.
   */
  set(settingsFile: SettingsFileInput, options?: { readonly announce?: boolean }): Promise<boolean>
  /**
   * Posts a webhook, again and again until it is accepted.
   *
   * @returns True once accepted; false when given up, closed, or no target is known. Never rejects.
   */
  post(): Promise<boolean>
  /** Sets or changes where webhooks go, and with which secret. */
  announceTo(webhook: WebhookTarget | undefined): void
  /** Resolves once this many requests have come in all; never when closed before. */
  requested(count: number): Promise<void>
  /** Resolves once this many posts have ended in all, accepted or not; never when closed before. */
  posts(count: number): Promise<void>
  /**
   * Puts a fault in force, after those that are.
   *
   * @returns Takes it back.
   */
  fault(order: FaultOrder): () => void
  /** The faults in force, with the number of requests that each still concerns. */
  faults(): readonly Fault[]
  clearFaults(): void
  /** Whether an ETag is sent. */
  useEtag(isUsed: boolean): void
  /** Ends every request and retry at once. Idempotent. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * @throws {@link SandboxError} `address-unusable` when the port is taken, `config-invalid` when there is nothing to serve.
 */
export async function startVwoSimulator(options: VwoSimulatorOptions): Promise<VwoSimulator> {
  const { host = '127.0.0.1', accountId, sdkKey } = options
  let settingsFile = await initialSettingsFile(options)
  let previous = settingsFile
  let webhook = options.webhook
  let isEtagUsed = options.etag ?? false
  const requests: SimulatorRequest[] = []
  const plan = createFaultPlan()
  const requestMilestones = createMilestones(() => requests.length)
  const postMilestones = createMilestones(() => sender.attempts.length)
  const sender = createWebhookSender(options.retry ?? {}, postMilestones.check)
  const closing = new AbortController()

  function answerSettings(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    endpoint: Endpoint,
  ): void {
    const query = Object.fromEntries(url.searchParams)
    const owner = askedFor(query)
    const isKnown = owner.accountId === String(accountId) && owner.sdkKey === sdkKey
    const fault = isKnown ? plan.take(endpoint) : undefined
    const etag = isEtagUsed ? `"${createHash('sha256').update(settingsFile).digest('hex')}"` : undefined
    const isUnchanged = etag !== undefined && request.headers['if-none-match'] === etag
    const right = isUnchanged ? 'not-modified' : 'settings-file'
    const answer = isKnown ? (fault?.kind ?? right) : 'refused'
    requests.push({
      at: Date.now(),
      endpoint,
      url: request.url ?? '',
      query,
      headers: request.headers,
      answer,
    })
    requestMilestones.check()
    if (!isKnown) {
      writeError(response, 400, 'Invalid api key')
      return
    }
    // What is answered is what was there when it was asked: a slow answer is an old one.
    writeAnswer(response, { settingsFile, previous, etag, isUnchanged }, fault, closing.signal).catch(() => {
      // The asker went away, or the simulator closes: nobody is left to answer.
      response.destroy()
    })
  }

  const simulator: Omit<VwoSimulator, 'url' | 'port'> = {
    requests,
    attempts: sender.attempts,
    async set(next, { announce = true } = {}) {
      previous = settingsFile
      settingsFile = textOf(next)
      return announce ? await sender.post(() => webhook) : false
    },
    async post() {
      return await sender.post(() => webhook)
    },
    announceTo(next) {
      webhook = next
    },
    requested: requestMilestones.reached,
    posts: postMilestones.reached,
    fault: plan.add,
    faults: plan.list,
    clearFaults: plan.clear,
    useEtag(isUsed) {
      isEtagUsed = isUsed
    },
    close,
    [Symbol.asyncDispose]: close,
  }

  const control = getRequestListener(createControl(simulator).fetch)
  const server = createServer((request, response) => {
    const asked = request.url ?? '/'
    // Whoever reaches this port writes it, `//` for example: what is thrown here would end the process.
    if (!URL.canParse(asked, 'http://simulator')) {
      writeError(response, 400, 'Bad request')
      return
    }
    const url = new URL(asked, 'http://simulator')
    const endpoint = endpointAt(url.pathname)
    if (url.pathname.startsWith('/simulator/')) void control(request, response)
    else if (request.method !== 'GET') writeError(response, 405, 'Method not allowed')
    else if (endpoint === undefined) writeError(response, 404, 'Not found')
    else answerSettings(request, response, url, endpoint)
  })
  const port = await listen(server, host, options.port ?? 0)

  let closed: Promise<void> | undefined
  async function close(): Promise<void> {
    closed ??= end()
    await closed
  }
  async function end(): Promise<void> {
    closing.abort()
    const isClosed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    sender.close()
    await isClosed
  }

  return Object.assign(simulator, { url: `http://${host}:${port}`, port })
}

async function initialSettingsFile(options: VwoSimulatorOptions): Promise<string> {
  if (options.settingsFile !== undefined) return textOf(options.settingsFile)
  if (options.file !== undefined) return await readFile(options.file, 'utf8')
  throw new SandboxError(
    'config-invalid',
    'Cannot start the VWO simulator: expected settingsFile or file, got neither.',
  )
}

function textOf(settingsFile: SettingsFileInput): string {
  return typeof settingsFile === 'string' ? settingsFile : JSON.stringify(settingsFile)
}

async function listen(server: ReturnType<typeof createServer>, host: string, port: number): Promise<number> {
  try {
    server.listen(port, host)
    await once(server, 'listening')
  } catch (error) {
    throw new SandboxError(
      'address-unusable',
      `Cannot start the VWO simulator: ${host}:${port} cannot be listened on. Choose another port, or 0 for any.`,
      { cause: error },
    )
  }
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : port
}
