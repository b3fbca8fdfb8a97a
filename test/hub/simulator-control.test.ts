import { once } from 'node:events'
import { type IncomingMessage, request as send } from 'node:http'
import { fetch } from 'undici'
import { describe, expect, it } from 'vitest'
import { query, startSimulator } from '../support/simulator.ts'
import { startReceiver } from '../support/webhook-receiver.ts'

describe('the control endpoint of the simulated VWO', () => {
  it('changes the settings-file and posts the webhook', async () => {
    const receiver = await startReceiver(200)
    const simulator = await startSimulator({ webhook: { url: receiver.url } })
    const answer = await fetch(`${simulator.url}/simulator/settings`, {
      method: 'PUT',
      body: '{"accountId": 7}',
    })
    expect(answer.status).toBe(200)
    await simulator.posts(1)
    expect(await (await fetch(`${simulator.url}/server-side/pull${query}`)).text()).toBe('{"accountId": 7}')
  })

  it.each([
    ['by another name', { host: 'attacker.example' }],
    ['for a page of another site', { origin: 'https://attacker.example' }],
    ['for a page of another site that says no more', { 'sec-fetch-site': 'cross-site' }],
  ])('does nothing %s', async (_, headers) => {
    const simulator = await startSimulator()
    const { hostname, port } = new URL(simulator.url)
    const options = { hostname, port, path: '/simulator/faults', method: 'POST', headers }
    const [refused] = (await once(send(options).end('{"kind":"status","status":500}'), 'response')) as [
      IncomingMessage,
    ]
    refused.resume()
    expect(refused.statusCode).toBe(403)
    expect(await (await fetch(`${simulator.url}/simulator/faults`)).json()).toEqual([])
  })

  it.each([
    ['for a URL that is none', '//', {}],
    ['for a whole URL that is none', 'http://[/simulator/faults', {}],
    ['for a name that is none', '/simulator/faults', { host: '1.2.3.256' }],
  ])('says that the request is wrong %s, and goes on', async (_, path, headers) => {
    const simulator = await startSimulator()
    const { hostname, port } = new URL(simulator.url)
    const [refused] = (await once(send({ hostname, port, path, headers }).end(), 'response')) as [
      IncomingMessage,
    ]
    refused.resume()
    expect(refused.statusCode).toBe(400)
    expect((await fetch(`${simulator.url}/server-side/settings${query}`)).status).toBe(200)
  })

  it('takes, shows and clears faults, and says what is wrong with an unknown one', async () => {
    const simulator = await startSimulator()
    const faults = `${simulator.url}/simulator/faults`
    const order = { kind: 'status', status: 500, times: 3 }
    expect((await fetch(faults, { method: 'POST', body: JSON.stringify(order) })).status).toBe(201)
    expect(await (await fetch(faults)).json()).toEqual([order])
    expect(await (await fetch(faults, { method: 'DELETE' })).json()).toEqual([])
    for (const body of ['{"kind":"haunted"}', 'no JSON', '{"kind":"delay"}']) {
      const refused = await fetch(faults, { method: 'POST', body })
      expect(refused.status).toBe(400)
      expect(await refused.json()).toMatchObject({ error: { code: 'fault-invalid' } })
    }
  })

  it('[invariant 8] shows the requests without the sdkKey', async () => {
    const simulator = await startSimulator({ sdkKey: 'very-secret' })
    await fetch(`${simulator.url}/server-side/settings?a=7&i=very-secret`)
    const shown = await (await fetch(`${simulator.url}/simulator/requests`)).text()
    expect(JSON.parse(shown)).toMatchObject({ requests: [{ endpoint: 'settings', query: { a: '7' } }] })
    expect(shown).not.toContain('very-secret')
  })
})
