import { spawn } from 'node:child_process'
import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { ProductName } from '@vwo-hub/protocol'
import { guard } from './child.ts'
import { account } from './settings.ts'

const hubCli = fileURLToPath(new URL('../../../packages/hub/dist/cli.js', import.meta.url))

/** What every webhook of the bench carries. */
export const webhookSecret = 'bench'

/** A hub as people run it. */
export interface HubProcess {
  /** Where it takes webhooks, once it listens. */
  publicUrl(): Promise<string>
  end(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Starts a hub, and does not wait for it. Its log goes to a file, so that nobody has to read it meanwhile. */
export async function startHub(env: Readonly<Record<string, string>>): Promise<HubProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'vwo-hub-bench-'))
  const logFile = join(folder, 'hub.log')
  const log = await open(logFile, 'w')
  const child = spawn(process.execPath, [hubCli, 'serve'], {
    env: {
      PATH: process.env['PATH'] ?? '',
      HUB_PORT: '0',
      HUB_ADMIN_PORT: '0',
      HUB_HOST: '127.0.0.1',
      HUB_POLL_INTERVAL_MS: '0',
      ...env,
    },
    stdio: ['ignore', log.fd, 'inherit'],
  })
  const ended = guard(child)
  await log.close()
  const end = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
    await rm(folder, { recursive: true, force: true })
  }
  return {
    async publicUrl() {
      for (;;) {
        const url = /"publicUrl":"([^"]+)"/.exec(await readFile(logFile, 'utf8'))?.[1]
        if (url !== undefined) return url
        if (child.exitCode !== null) throw new Error('the hub ended before it listened')
        await delay(10)
      }
    },
    end,
    [Symbol.asyncDispose]: end,
  }
}

/** The variables of a hub with one environment of the bench's account. */
export const hubEnv = (
  redisUrl: string,
  vwoUrl: string,
  environment: string,
  product: ProductName = 'fullstack',
): Record<string, string> => ({
  VWO_PRODUCT: product,
  REDIS_URL: redisUrl,
  VWO_ENVIRONMENT: environment,
  VWO_ACCOUNT_ID: String(account.accountId),
  VWO_SDK_KEY: account.sdkKey,
  VWO_WEBHOOK_SECRETS: webhookSecret,
  VWO_BASE_URL: vwoUrl,
})
