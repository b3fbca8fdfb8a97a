/**
 * `vwo-hub dev`: a VWO, a Redis, a hub and three app processes on this machine.
 *
 * @module
 */
import { randomBytes } from 'node:crypto'
import { relative, resolve } from 'node:path'
import {
  findFreePort,
  isFree,
  SandboxError,
  startRedisServer,
  startVwoSimulator,
  type VwoSimulator,
} from '@vwo-hub/sandbox'
import type { ProductName } from '@vwo-hub/protocol'
import { secretsOf } from '../config/config.ts'
import { openStore } from '../environment/store.ts'
import { HubError } from '../errors.ts'
import { createHub } from '../hub.ts'
import { startAppProcesses } from './app-processes.ts'
import { followAudit } from './audit-follower.ts'
import { createDisplay, type Display, type Output } from './display.ts'
import { devConfig } from './dev-config.ts'
import { createDevLog } from './hub-log.ts'
import { howToGoOn } from './how-to-go-on.ts'
import { introduction } from './introduction.ts'
import { findClient } from './fullstack/find-client.ts'
import { questionsOf as featureQuestionsOf } from './fme/questions.ts'
import { questionsOf } from './fullstack/questions.ts'
import { openSettingsFile } from './settings-source.ts'
import { watchSettingsFile } from './settings-watcher.ts'
import { productOf } from '../product/products.ts'

export interface DevOptions {
  /** Whose settings-file it is, and whose SDK the apps decide with. */
  readonly product: ProductName
  /** The settings-file to serve and to watch; a sample is written when there is none. */
  readonly file: string
  /** Public port of the hub. Default: 8080, or another one where that is taken. */
  readonly port?: number
  /** Admin port of the hub. Default: 8081, or another one where that is taken. */
  readonly adminPort?: number
  /** Serve the file even while it is not JSON. @default false */
  readonly serveBroken?: boolean
  /** A Redis that runs. Default: one of its own, which ends with it. */
  readonly redisUrl?: string
  /** First part of every key. Default: `vwo`, and `vwo-dev` in a Redis that is not its own. */
  readonly prefix?: string
  readonly output: Output
}

const environment = 'default'
const host = '127.0.0.1'
const appNames = ['app-1', 'app-2', 'app-3']

/**
 * Runs until SIGINT, SIGTERM or SIGHUP, and then ends everything that it started.
 *
 * @throws {@link HubError} `config-invalid`, `address-unusable` or `redis-unreachable`; whatever was started by
 *   then is ended.
 */
export async function runDev(options: DevOptions): Promise<void> {
  findClient()
  const product = productOf(options.product)
  const path = resolve(options.file)
  const isEnded = endSignal()
  const closers: (() => unknown)[] = []
  const source = await openSettingsFile(path, options.serveBroken ?? false, product.sample)
  const { output } = options
  const display = createDisplay(output, appNames)
  try {
    const prefix = options.prefix ?? (options.redisUrl === undefined ? 'vwo' : 'vwo-dev')
    let redisUrl = options.redisUrl
    if (redisUrl === undefined) {
      const redis = await startRedisServer()
      closers.push(redis.close)
      redisUrl = redis.url
    }

    const { accountId, sdkKey } = source
    const vwo = await startVwoSimulator({ settingsFile: source.text, accountId, sdkKey, host })
    closers.push(vwo.close)

    const secret = randomBytes(16).toString('hex')
    const config = devConfig({
      environment: {
        name: environment,
        product: product.name,
        accountId,
        sdkKey,
        baseUrl: vwo.url,
        webhookSecrets: [secret],
      },
      redisUrl,
      prefix,
      port: options.port ?? (await portNear(8080)),
      adminPort: options.adminPort ?? (await portNear(8081)),
    })
    const hub = createHub(config, { log: createDevLog(secretsOf(config), display.say) })
    closers.push(hub.close)
    const { publicUrl, adminUrl } = await hub.start()
    const webhookUrl = `${publicUrl}/webhooks/${environment}`
    vwo.announceTo({ url: webhookUrl, secret })

    const store = openStore({ kind: 'standalone', url: redisUrl }, { name: 'vwo-hub-dev', prefix })
    closers.push(store.close)
    store.connect().catch(() => {}) // Told by the hub already.
    const followed = store.environment(environment)
    output.write(
      introduction({
        file: relative('', path) || path,
        isNew: source.isNew,
        vwoUrl: vwo.url,
        webhookUrl,
        adminUrl,
        redisUrl: options.redisUrl === undefined ? redisUrl : undefined,
        keys: followed.keyNames,
        prefix,
      }),
    )

    closers.push(
      followAudit(followed, ({ what, revision, summary }, current) => {
        display.say(`hub, ${what}${revision === undefined ? '' : ` ${revision}`}: ${summary}`)
        const way = howToGoOn(current)
        if (way !== undefined) display.say(way)
      }),
    )

    const apps = startAppProcesses({
      product: product.name,
      names: appNames,
      env: { REDIS_URL: redisUrl, VWO_ENVIRONMENT: environment, HUB_PREFIX: prefix },
      onStart: display.appStarted,
      onReport: display.appReported,
      onEnd: display.appEnded,
    })
    closers.push(apps.close)

    function ask(text: string): void {
      const questions = product.name === 'fme' ? featureQuestionsOf(text) : questionsOf(text)
      display.asks(questions)
      apps.ask(questions)
    }
    ask(source.text)
    const name = relative('', path)
    closers.push(
      watchSettingsFile({
        path,
        current: source.text,
        onMissing(reason) {
          display.say(`${name} cannot be read, what it was is still served: ${reason}`)
        },
        onChange(text, problem) {
          if (problem !== undefined && options.serveBroken !== true) {
            display.say(`${name} is not JSON at the moment, what it was is still served: ${problem}`)
            return
          }
          if (problem === undefined) ask(text)
          void announce(vwo, text, name, display)
        },
      }),
    )

    await isEnded
    display.say('ending apps, hub, Redis and the simulated VWO')
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error
    throw new HubError(error.code, error.message, { cause: error })
  } finally {
    for (const close of closers.toReversed()) await close()
    display.close()
  }
}

/** Changes what VWO serves, and says what became of the webhook. */
async function announce(vwo: VwoSimulator, text: string, name: string, display: Display): Promise<void> {
  const startedAt = Date.now()
  const waiting = setTimeout(() => {
    const status = vwo.attempts.at(-1)?.status ?? 'nothing'
    display.say(`the webhook is not accepted yet (answer: ${status}); VWO posts it again every 1 to 2 s`)
  }, 1_500)
  const isAccepted = await vwo.set(text)
  clearTimeout(waiting)
  if (isAccepted) {
    display.say(`${name} has changed; VWO's webhook was accepted after ${Date.now() - startedAt} ms`)
  }
}

async function portNear(port: number): Promise<number> {
  return (await isFree(port, host)) ? port : await findFreePort(host)
}

async function endSignal(): Promise<void> {
  await new Promise<void>((end) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => end())
  })
}
