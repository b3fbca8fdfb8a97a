import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { Hono } from 'hono'
import { Redis } from 'ioredis'
import { describe, expect, it } from 'vitest'
import { createEndedSessions } from '../../packages/hub/dist/environment/ended-sessions.js'
import { createAdminApp } from '../../packages/hub/dist/http/admin-app.js'
import type { HubView } from '../../packages/hub/dist/http/hub-view.js'
import { createEventStreams } from '../../packages/hub/dist/http/admin/events.js'
import { createObserver, type WatchEvent } from '../../packages/hub/dist/operate/observe.js'
import type { EnvironmentView } from '../../packages/hub/dist/operate/environment-view.js'
import { silentLog } from '../support/hub-config.ts'
import { running, startHubs } from '../support/hubs.ts'
import { until } from '../support/until.ts'
import { redisForFile } from '../support/redis-for-file.ts'

const { server, cleanUps } = await redisForFile()

/** Looks often, so that a test is quick. */
const pace = { lookMs: 10, freshMs: 5 }

/** An environment whose answers a test chooses, and how often it was asked. */
function fakeEnvironment() {
  const asked = { status: 0, history: 0, nodes: 0 }
  const world = { isAway: false, ticket: 1, event: '1-0' }
  const at = '2025-11-24T16:00:00.000Z'
  const answer = <T>(name: keyof typeof asked, value: T): T => {
    asked[name] += 1
    if (world.isAway) throw new Error('Connection is closed.')
    return value
  }
  const entry = (id: string) => ({ id, at, what: 'publish', summary: 's' })
  const environment = {
    config: { name: 'prod', accountId: '1' },
    current: () => undefined,
    confirmedMsAgo: () => undefined,
    status: async () =>
      answer('status', {
        environment: 'prod',
        // Time goes on, which is no news.
        now: new Date(Date.parse(at) + asked.status).toISOString(),
        current: undefined,
        refresh: { requested: world.ticket, completed: world.ticket, fruitless: 0 },
        hubs: [],
        audit: [entry(world.event)],
      }),
    history: async () => answer('history', []),
    nodes: async () => answer('nodes', { environment: 'prod', now: at, current: 0, nodes: [] }),
  }
  return { environment: environment as unknown as EnvironmentView, asked, world }
}

function listen(observer: ReturnType<typeof createObserver>) {
  const events: WatchEvent[] = []
  const end = observer.watch((event) => events.push(event))
  cleanUps.push(end)
  return { events, end, names: () => events.map(({ name }) => name) }
}

describe('an observer', () => {
  it('tells each listener how things are, and then only what is new', async () => {
    const { environment, asked, world } = fakeEnvironment()
    const observer = createObserver(environment, pace)
    const first = listen(observer)
    await until(first.names, (names) => names.length === 2)
    expect(first.names()).toEqual(['status', 'nodes'])
    const second = listen(observer)
    await until(second.names, (names) => names.length === 2)
    const looks = asked.status
    await until(
      () => asked.status,
      (count) => count >= looks + 2,
    )
    world.ticket = 2
    for (const { names } of [first, second]) await until(names, (seen) => seen.length === 3)
    expect([first.names(), second.names()]).toEqual([
      ['status', 'nodes', 'status'],
      ['status', 'nodes', 'status'],
    ])
    expect(first.events.at(-1)?.data).toMatchObject({ refresh: { requested: 2 } })
  })

  it('looks once for any number of listeners, and not at all without any', async () => {
    const { environment, asked } = fakeEnvironment()
    const observer = createObserver(environment, pace)
    const listeners = Array.from({ length: 50 }, () => listen(observer))
    for (const { names } of listeners) await until(names, (seen) => seen.length === 2)
    // One look when the first came, and at most a few while the others did.
    expect(asked.status).toBeLessThan(10)
    for (const { end } of listeners) end()
    const before = asked.status
    await Promise.all(Array.from({ length: 50 }, () => observer.read()))
    expect(asked.status).toBeLessThanOrEqual(before + 1)
    await observer.read()
    const looks = asked.status
    const other = fakeEnvironment()
    listen(createObserver(other.environment, pace))
    await until(
      () => other.asked.status,
      (count) => count >= 20,
    )
    expect(asked.status).toBe(looks)
  })

  it('reads the history only after an event, and nodes rarely while nothing is on its way', async () => {
    const { environment, asked, world } = fakeEnvironment()
    const observer = createObserver(environment, pace)
    listen(observer)
    await until(
      () => asked.status,
      (count) => count >= 4,
    )
    expect([asked.history, asked.nodes]).toEqual([1, 1])
    world.event = '2-0'
    await until(
      () => asked.history,
      (count) => count === 2,
    )
  })

  it('tells of an outage once, and how things are after it, though they are as before', async () => {
    const { environment, asked, world } = fakeEnvironment()
    const { names, events } = listen(createObserver(environment, pace))
    await until(names, (seen) => seen.length === 2)
    world.isAway = true
    await until(names, (seen) => seen.includes('unreachable'))
    const looks = asked.status
    await until(
      () => asked.status,
      (count) => count >= looks + 2,
    )
    world.isAway = false
    await until(names, (seen) => seen.length >= 4)
    await until(names, (seen) => seen.length >= 5)
    expect(names()).toEqual(['status', 'nodes', 'unreachable', 'status', 'nodes'])
    expect(events[2]?.data).toMatchObject({ reason: 'Connection is closed' })
  })

  it('reads anew after something was done, though it has just looked', async () => {
    const { environment, world } = fakeEnvironment()
    const observer = createObserver(environment, { freshMs: 60_000 })
    await observer.read()
    world.ticket = 2
    expect((await observer.read()).status?.refresh.requested).toBe(1)
    observer.forget()
    expect((await observer.read()).status?.refresh.requested).toBe(2)
  })
})

describe('streams of events', () => {
  it('are bounded in number, and a place is free again when one ends', async () => {
    const observer = createObserver(fakeEnvironment().environment)
    const streams = createEventStreams({ maxListeners: 2 })
    cleanUps.push(streams.close)
    const app = new Hono().get('/', (context) => streams.open(context, observer))
    const open = [await app.request('/'), await app.request('/')]
    const refused = await app.request('/')
    expect([refused.status, refused.headers.get('retry-after'), await refused.json()]).toEqual([
      503,
      '10',
      { error: { code: 'too-many-listeners', message: expect.stringContaining('at most 2 listeners') } },
    ])
    await open[0]?.body?.cancel()
    const again = await until(
      () => app.request('/'),
      ({ status }) => status === 200,
    )
    expect(again.headers.get('content-type')).toBe('text/event-stream')
  })

  it('keep only the newest of each kind for who reads slowly', async () => {
    const listeners: ((event: WatchEvent) => void)[] = []
    const observer = {
      ...createObserver(fakeEnvironment().environment),
      watch: (listener: (event: WatchEvent) => void) => {
        listeners.push(listener)
        return () => {}
      },
    }
    const streams = createEventStreams()
    const app = new Hono().get('/', (context) => streams.open(context, observer))
    const { body } = await app.request('/')
    for (let count = 1; count <= 10_000; count += 1) {
      listeners[0]?.({ name: 'status', data: { count } })
      listeners[0]?.({ name: 'nodes', data: { count } })
    }
    let text = ''
    const reader = body?.pipeThrough(new TextDecoderStream()).getReader()
    while (!text.includes('event: nodes')) text += (await reader?.read())?.value ?? ''
    streams.close()
    for (let read = await reader?.read(); read?.done === false; read = await reader?.read())
      text += read.value
    expect([...text.matchAll(/data: (.*)/g)].map(([, data]) => data)).toEqual([
      '{"count":10000}',
      '{"count":10000}',
    ])
  })

  it.each([
    ['when another hub has ended the session: that is looked up again and again', 10],
    ['at once when this one has', 3_600_000],
  ])('end %s', async (_, checkMs) => {
    let isAllowed = true
    const streams = createEventStreams({ checkMs })
    cleanUps.push(streams.close)
    const observer = createObserver(fakeEnvironment().environment)
    const app = new Hono().get('/', (context) => streams.open(context, observer, async () => isAllowed))
    const response = await app.request('/')
    isAllowed = false
    if (checkMs > 10) streams.recheck()
    // Only a stream that has ended has a whole text.
    expect(await response.text()).toContain('retry: ')
  })

  it('end at every hub with the session that they belong to, and no other', async () => {
    const redis = new Redis(server.url)
    cleanUps.push(() => redis.disconnect())
    const endedSessions = createEndedSessions(redis, 'events')
    const view: HubView = {
      isClosing: () => false,
      staleAfterMs: 30_000,
      metrics: async () => expect.fail('nobody asks for metrics'),
      environments: new Map([['prod', fakeEnvironment().environment]]),
    }
    const token = 'the-admin-token'
    const [one, other] = [1, 2].map(() =>
      createAdminApp(view, { token, endedSessions, log: silentLog, checkEventsMs: 10 }),
    )
    if (one === undefined || other === undefined) throw new Error('expected two hubs')
    cleanUps.push(one.endStreams, other.endStreams)
    const logIn = async () => {
      const body = new URLSearchParams({ token })
      const answer = await one.request('/login', { method: 'POST', body })
      return { cookie: answer.headers.get('set-cookie')?.split(';')[0] ?? '' }
    }
    const [mine, theirs] = [await logIn(), await logIn()]
    const follow = async (headers: Record<string, string>) =>
      await other.request('/v1/environments/prod/events', { headers })
    const open = await follow(mine)
    const others = [await follow(theirs), await follow({ authorization: `Bearer ${token}` })]
    expect([open, ...others].map(({ status }) => status)).toEqual([200, 200, 200])
    const page = await (await one.request('/environments/none', { headers: mine })).text()
    const csrf = /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? ''
    await one.request('/logout', { method: 'POST', body: new URLSearchParams({ csrf }), headers: mine })
    // Only a stream that has ended has a whole text.
    const ended: string[] = []
    for (const [index, response] of [open, ...others].entries())
      void response.text().then(() => ended.push(['own', 'of another session', 'of a program'][index] ?? ''))
    await until(
      () => ended,
      ({ length }) => length > 0,
    )
    expect(ended).toEqual(['own'])
  })

  it('begin no more once they are closed', async () => {
    const streams = createEventStreams()
    streams.close()
    const app = new Hono().get('/', (context) =>
      streams.open(context, createObserver(fakeEnvironment().environment)),
    )
    const response = await app.request('/')
    expect([response.status, await response.json()]).toMatchObject([503, { error: { code: 'closing' } }])
  })

  it('[invariant 7] do not keep a hub from closing', async () => {
    const hubs = await startHubs({ url: server.url })
    cleanUps.push(hubs.close)
    const path = `/v1/environments/${hubs.environment}/events`
    const open = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const [response] = (await once(get(`${hubs.first.adminUrl}${path}`), 'response')) as [IncomingMessage]
        return response.resume()
      }),
    )
    const ended = Promise.all(open.map((response) => once(response, 'close')))
    await hubs.first.close()
    await ended
    // Each has ended as a whole answer does: a connection that is cut after a while leaves half of one.
    expect(open.map(({ complete }) => complete)).toEqual(open.map(() => true))
  })

  it('tell of a publication, through a real hub', async () => {
    const hubs = await startHubs({ url: server.url, settings: running(['a'], 10) })
    cleanUps.push(hubs.close)
    const response = await fetch(`${hubs.first.adminUrl}/v1/environments/${hubs.environment}/events`)
    let text = ''
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    const read = async (pattern: RegExp) => {
      while (!pattern.test(text)) text += (await reader?.read())?.value ?? expect.fail('the stream has ended')
    }
    await read(/"summary":"first settings/)
    await hubs.vwo.set(running(['a'], 20))
    await read(/"summary":"a: traffic 10 → 20 %"/)
    await reader?.cancel()
  })
})
