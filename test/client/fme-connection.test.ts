import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createFmeTestClient } from '@vwo-hub/client/testing'
import { copyFmeSdk } from '../support/fme-copy.ts'
import { fmeSettings } from '../support/fme-settings.ts'
import { ann, reportingFmeClient } from '../support/fme-trapped-client.ts'
import { until } from '../support/until.ts'

describe('over a real connection', () => {
  async function startServer(
    answer: (request: IncomingMessage) => { status: number; body: string } | undefined,
  ) {
    const requests: IncomingMessage[] = []
    const server = createServer((request, response) => {
      requests.push(request)
      request.resume()
      const given = answer(request)
      if (given !== undefined)
        response.writeHead(given.status, { 'content-type': 'application/json' }).end(given.body)
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

  it('a gateway service that answers nonsense, or not at all, turns no flag off that does not need it', async () => {
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
})
