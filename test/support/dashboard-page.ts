import { createClient } from '@vwo-hub/client'
import { type RedisServer, startRedisServer } from '@vwo-hub/sandbox'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import vwoSdk from 'vwo-node-sdk'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { openPage, startBrowser } from './browser.ts'
import type { Judging } from '../../packages/hub/dist/product/product.js'
import { format } from '../../packages/hub/dist/product/fullstack/judge/format.js'
import { campaignOverviews } from '../../packages/hub/dist/product/fullstack/summary/campaign-overview.js'
import { sayChanges } from '../../packages/hub/dist/product/summary/say-changes.js'
import { sayOverview } from '../../packages/hub/dist/product/summary/say-overview.js'
import { sharedJudging } from './hub-config.ts'
import { running, startHubs } from './hubs.ts'

export const traffic = (percentTraffic: number) => running(['checkout-test'], percentTraffic)

/**
 * As hubs judge; but what pages say of settings-files is said without a thread for each question, and few users show whom a
 * change moves: what threads answer is tested without a browser.
 */
export const judgingForPages: Judging = {
  ...sharedJudging,
  overview: async (text) => sayOverview(format, text, campaignOverviews),
  changes: async (before, after) => sayChanges(format, { before, after }),
  preview: async (options) => await sharedJudging.preview({ ...options, users: 200 }),
}

export interface SetUpOptions {
  readonly token?: string
  readonly nodes?: number
  readonly settings?: object
  readonly judging?: Judging
  readonly context?: BrowserContextOptions
}

/**
 * A Redis server and a browser for all tests of the file that calls this, at its top.
 *
 * @returns What starts a hub, app processes' clients, and a page of it; both servers; and what a test leaves behind.
 */
export function dashboardForFile() {
  let server: RedisServer
  let browser: Browser
  const cleanUps: (() => unknown)[] = []

  beforeAll(async () => {
    server = await startRedisServer()
    browser = await startBrowser()
  })
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp()
  })
  afterAll(async () => {
    await browser?.close()
    await server.close()
  })

  async function setUp(options: SetUpOptions = {}) {
    const {
      token: adminToken,
      nodes = 0,
      settings = traffic(10),
      judging = judgingForPages,
      context,
    } = options
    const config = { adminToken }
    const hubs = await startHubs({ url: server.url, settings, config, judging })
    cleanUps.push(hubs.close)
    const clients = Array.from({ length: nodes }, () =>
      createClient({ environment: hubs.environment, redis: server.url, sdk: vwoSdk }),
    )
    for (const client of clients) cleanUps.push(client.close)
    await Promise.all(clients.map((client) => client.ready()))
    const watched = await openPage(browser, { ...context, baseURL: hubs.first.adminUrl })
    cleanUps.push(() => watched.page.context().close())
    return { hubs, clients, ...watched, path: `/environments/${hubs.environment}` }
  }

  return {
    setUp,
    cleanUps,
    redis: () => server,
    open: (options: BrowserContextOptions) => openPage(browser, options),
  }
}
