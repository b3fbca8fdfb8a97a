import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createFmeClient } from '@vwo-hub/client/fme'
import { createFmeTestClient } from '@vwo-hub/client/testing'
import { takeEvents } from '../support/events-endpoint.ts'
import type { SdkRequest } from '../../packages/client/dist/product/fme/sdk-models.js'
import { copyFmeSdk, recordingNetwork } from '../support/fme-copy.ts'
import { fmeSettings, rollout } from '../support/fme-settings.ts'
import { ann, reportingFmeClient } from '../support/fme-trapped-client.ts'
import { until } from '../support/until.ts'

describe('over a real connection', () => {
  interface Answer {
    readonly status: number
    readonly body: string
  }

  async function startServer(answer: (request: IncomingMessage) => Answer | undefined | Promise<Answer>) {
    const requests: IncomingMessage[] = []
    async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
      const given = await answer(request)
      if (given !== undefined)
        response.writeHead(given.status, { 'content-type': 'application/json' }).end(given.body)
    }
    const server = createServer((request, response) => {
      requests.push(request)
      request.resume()
      void respond(request, response)
    }).listen(0, '127.0.0.1')
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    await once(server, 'listening')
    return { requests, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
  }

  it('names of events, user agents and ids arrive, whatever is in them', async () => {
    const { requests, url } = await startServer(() => ({ status: 204, body: '' }))
    const odd = fmeSettings([{ key: 'checkout', metrics: ['my event ü'] }])
    const vwo = await createFmeTestClient({
      ...{ sdk: copyFmeSdk(), settings: odd, sendEvents: true },
      options: { gatewayService: { url } },
    })
    await vwo.getFlag('checkout', { id: 'lone \ud800', userAgent: 'a\nb \ud800 ü €' })
    await vwo.trackEvent('my event ü', ann)
    expect(await vwo.flushEvents()).toMatchObject({ status: 'success' })
    const paths = requests.map((request) => request.url ?? '')
    const shown = paths.filter((path) => path.includes('en=vwo_variationShown'))
    expect(shown.map((path) => new URL(path, url).searchParams.get('visitor_ua'))).toEqual([
      'a\nb \ufffd ü €',
    ])
    expect(paths.filter((path) => path.includes('en=my%20event%20%C3%BC'))).toHaveLength(1)
    expect(vwo.eventCounts()).toMatchObject({ sent: requests.length, dropped: 0 })
    await vwo.close()
  })

  it('a collector that takes its time gets hundreds of events at once, and close() loses none', async () => {
    let answerAll: (() => void) | undefined
    const areMany = new Promise<void>((resolve) => (answerAll = resolve))
    const { requests, url } = await startServer(async () => {
      // As one that is far away: nothing is answered before many are on their way.
      if (requests.length >= 150) answerAll?.()
      await areMany
      return { status: 200, body: '{}' }
    })
    const vwo = createFmeClient({
      ...{ environment: 'prod', redis: 'redis://127.0.0.1:1', sdk: copyFmeSdk() },
      initialSettings: fmeSettings([{ key: 'checkout' }]),
      options: { gatewayService: { url }, isBatchingDisabled: true },
    })
    onTestFinished(vwo.close)
    await vwo.ready()
    const users = Array.from({ length: 200 }, (_, at) => ({ id: `user-${at}` }))
    await Promise.all(users.map((user) => vwo.getFlag('checkout', user)))
    await areMany
    await vwo.close()
    expect(vwo.eventCounts()).toEqual({ sent: requests.length, refused: 0, dropped: 0, waiting: 0 })
    expect(requests.length).toBeGreaterThanOrEqual(users.length)
  })

  it('a connection that the collector has ended meanwhile is made anew, unnoticed', async () => {
    const asked = new WeakSet<object>()
    const { requests, url } = await startServer(({ socket }) => {
      if (asked.has(socket)) socket.destroy()
      asked.add(socket)
      return { status: 200, body: '{}' }
    })
    const options = { network: {}, gatewayService: { url }, isBatchingDisabled: true }
    const { vwo, told, isOn } = await reportingFmeClient(options)
    for (let call = 0; call < 3; call += 1) {
      await isOn({ id: `user-${call}` })
      expect(await vwo.flushEvents()).toMatchObject({ status: 'success' })
    }
    expect(vwo.eventCounts()).toMatchObject({ dropped: 0, waiting: 0 })
    expect(requests.length).toBeGreaterThan(vwo.eventCounts().sent)
    expect(told).toEqual([])
  })

  it('a gateway service that answers nonsense, or not at all, turns no flag off that does not need it', async () => {
    // What the SDK tells of its own errors goes to VWO, past the service.
    using _vwo = takeEvents()
    const { url } = await startServer(({ url: path = '' }) =>
      path.startsWith('/user-alias')
        ? { status: 200, body: '{}' }
        : path.startsWith('/get-user')
          ? undefined
          : { status: 200, body: '{}' },
    )
    const { vwo, told, isOn } = await reportingFmeClient(
      {
        network: {},
        gatewayService: { url },
        isAliasingEnabled: true,
      },
      { waitMs: 500 },
    )
    expect(await isOn()).toBe(true)
    expect((await vwo.getFlag('german', { id: 'ann', ipAddress: '10.0.0.1' })).isEnabled()).toBe(false)
    expect(told.join()).toContain('expected a list of aliases')
    await until(
      () => told.join(),
      (all) => all.includes('no answer within 500 ms'),
    )
  })

  describe('a gateway service', () => {
    const features = fmeSettings([
      { key: 'german', rules: [rollout({ segments: { and: [{ country: 'DE' }] } })] },
      { key: 'listed', rules: [rollout({ segments: { or: [{ custom_variable: { plan: 'inlist(5)' } }] } })] },
      { key: 'checkout' },
    ])
    const gatewayClient = async (answer: Parameters<typeof startServer>[0]) => {
      const { requests, url } = await startServer(answer)
      const options = { network: {}, gatewayService: { url }, isAliasingEnabled: true }
      const made = await reportingFmeClient(options, { file: features })
      const asked = (part: string) =>
        requests.map(({ url: path = '' }) => path).filter((path) => path.includes(part))
      return { ...made, asked }
    }

    it('is asked once for whom an alias stands, whatever a decision waits for besides', async () => {
      using _vwo = takeEvents()
      const { vwo, asked } = await gatewayClient(({ url: path = '' }) => {
        // Of each user it knows another one.
        if (path.startsWith('/user-alias'))
          return {
            status: 200,
            body: JSON.stringify([{ aliasId: 'anon', userId: `of-${asked('/user-alias').length}` }]),
          }
        return { status: 200, body: path.startsWith('/get-user') ? '{"location":{"country":"DE"}}' : '{}' }
      })
      const flag = await vwo.getFlag('german', { id: 'anon', ipAddress: '10.0.0.1' })
      expect(flag.isEnabled()).toBe(true)
      expect(asked('/user-alias')).toHaveLength(1)
    })

    it('that answers with a page takes nobody for one of a list', async () => {
      using _vwo = takeEvents()
      const page = { status: 200, body: '<html>We are back soon</html>' }
      const { vwo, told, asked } = await gatewayClient(() => page)
      const customVariables = { plan: 'gold' }
      expect((await vwo.getFlag('listed', { id: 'ann', customVariables })).isEnabled()).toBe(false)
      expect(asked('/check-attribute')).toHaveLength(1)
      expect(told.join()).toContain('expected JSON of the gateway service')
    })

    it('that fails for a moment is asked again, and not where it refuses', async () => {
      using _vwo = takeEvents()
      let failures = 2
      const { vwo, told, asked } = await gatewayClient(({ url: path = '' }) => {
        if (path.startsWith('/user-alias')) failures -= 1
        return { status: failures < 0 || !path.startsWith('/user-alias') ? 200 : 503, body: '[]' }
      })
      expect(await vwo.setAlias('ann', 'anon')).toBe(true)
      expect([asked('/user-alias').length, told]).toEqual([3, []])

      const other = await gatewayClient(() => ({ status: 404, body: '[]' }))
      expect(await other.vwo.setAlias('ann', 'anon')).toBe(false)
      expect(other.asked('/user-alias')).toHaveLength(1)
      expect(other.told.join()).toContain('the gateway service answers 404')
    })

    it('that is down is asked once for each question from then on, until it answers', async () => {
      using _vwo = takeEvents()
      let status = 503
      const { vwo, asked } = await gatewayClient(({ url: path = '' }) => ({
        status: path.startsWith('/user-alias') ? status : 200,
        body: '[]',
      }))
      const askedFor = async (): Promise<number> => {
        const before = asked('/user-alias').length
        await vwo.setAlias('ann', 'anon')
        return asked('/user-alias').length - before
      }
      expect([await askedFor(), await askedFor()]).toEqual([3, 1])
      status = 200
      await askedFor()
      status = 503
      expect(await askedFor()).toBe(3)
    })

    it('that answers a client of the app with a page takes nobody for one of a list, either', async () => {
      const network = recordingNetwork()
      const page = { getStatusCode: () => 200, getData: () => '<html>We are back soon</html>' }
      const { vwo, told } = await reportingFmeClient(
        {
          network: { client: { ...network.client, GET: async () => page } },
          gatewayService: { url: 'http://gateway.internal:8000' },
        },
        { file: features },
      )
      const customVariables = { plan: 'gold' }
      expect((await vwo.getFlag('listed', { id: 'ann', customVariables })).isEnabled()).toBe(false)
      expect(told.join()).toContain('expected JSON of the gateway service')
    })
  })

  it.each([
    [{ url: 'gateway.internal:8000' }, ['https', 'gateway.internal', 8000]],
    [{ url: 'gateway.internal', port: 8000 }, ['https', 'gateway.internal', 8000]],
    [{ url: 'https-gateway.internal:8000', protocol: 'http' }, ['http', 'https-gateway.internal', 8000]],
  ])('a gateway service is found without a protocol in its URL: %j', async (gatewayService, place) => {
    const network = recordingNetwork()
    const places: unknown[] = []
    const POST = async (request: SdkRequest) => {
      const { scheme, hostname, port } = request.getOptions()
      places.push([scheme, hostname, Number(port)])
      return network.client.POST(request)
    }
    const { isOn } = await reportingFmeClient({
      network: { client: { ...network.client, POST } },
      gatewayService,
    })
    expect(await isOn()).toBe(true)
    expect(places[0]).toEqual(place)
  })
})
