import { gunzipSync } from 'node:zlib'
import type { FaultOrder } from '@vwo-hub/sandbox'
import { fetch, request } from 'undici'
import { beforeEach, describe, expect, it } from 'vitest'
import { query, settingsFile, startSimulator } from '../support/simulator.ts'

const text = JSON.stringify(settingsFile)

describe('a fault of the simulated VWO', () => {
  let simulator: Awaited<ReturnType<typeof startSimulator>>
  beforeEach(async () => {
    simulator = await startSimulator()
  })

  /** The answer to one request, as far as it came. */
  async function ask(order?: FaultOrder, endpoint = 'settings') {
    if (order !== undefined) simulator.fault({ ...order, times: 1 })
    const response = await fetch(`${simulator.url}/server-side/${endpoint}${query}`)
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      body: await response.text(),
    }
  }

  it('status: another status, with VWO’s form of body or one’s own', async () => {
    expect(await ask({ kind: 'status', status: 503 })).toMatchObject({
      status: 503,
      body: '{"message":"Simulated 503"}',
    })
    expect(await ask({ kind: 'status', status: 429, body: 'slower' })).toMatchObject({
      status: 429,
      body: 'slower',
    })
  })

  it('outdated: what there was before the last change', async () => {
    await simulator.set({ ...settingsFile, version: 2 })
    expect((await ask({ kind: 'outdated' })).body).toBe(text)
    expect(JSON.parse((await ask()).body)).toMatchObject({ version: 2 })
  })

  it('truncation: the connection ends before the announced length', async () => {
    simulator.fault({ kind: 'truncation', bytes: 5 })
    const response = await fetch(`${simulator.url}/server-side/settings${query}`)
    expect(response.headers.get('content-length')).toBe(String(text.length))
    await expect(response.text()).rejects.toThrow()
  })

  it('content-type: HTML with status 200', async () => {
    expect(await ask({ kind: 'content-type' })).toMatchObject({
      status: 200,
      type: 'text/html; charset=utf-8',
      body: expect.stringContaining('<h1>'),
    })
  })

  it('hang: accepted, never answered, ended by close', async () => {
    simulator.fault({ kind: 'hang', times: 1 })
    let isEnded = false
    const ended = fetch(`${simulator.url}/server-side/settings${query}`).then(
      () => 'answered',
      () => 'failed',
    )
    void ended.then(() => (isEnded = true))
    await simulator.requested(1)
    // Others are answered meanwhile.
    expect((await ask()).status).toBe(200)
    expect(isEnded).toBe(false)
    await simulator.close()
    expect(await ended).toBe('failed')
  })

  it('drip: the whole, in many pieces', async () => {
    simulator.fault({ kind: 'drip', bytes: 8, everyMs: 1 })
    const response = await fetch(`${simulator.url}/server-side/settings${query}`)
    const pieces: string[] = []
    const decoder = new TextDecoder()
    for await (const piece of response.body ?? []) pieces.push(decoder.decode(piece))
    expect(pieces.join('')).toBe(text)
    expect(pieces.length).toBeGreaterThan(3)
  })

  it('gzip-bomb: valid, small on the wire, large once decompressed', async () => {
    simulator.fault({ kind: 'gzip-bomb', bytes: 5_000_000 })
    // As it is on the wire: fetch would decompress it.
    const response = await request(`${simulator.url}/server-side/settings${query}`)
    expect(response.headers['content-encoding']).toBe('gzip')
    const sent = await response.body.bytes()
    expect(sent.length).toBeLessThan(50_000)
    const body = gunzipSync(sent).toString()
    expect(body.length).toBe(5_000_000)
    expect(JSON.parse(body)).toEqual(settingsFile)
  })

  it('other-account: the file of somebody else', async () => {
    const { body } = await ask({ kind: 'other-account', accountId: 8 })
    expect(JSON.parse(body)).toEqual({ ...settingsFile, accountId: 8 })
  })

  it('oversized: valid, and as long as told', async () => {
    const { body } = await ask({ kind: 'oversized', bytes: 3_000_000 })
    expect(body.length).toBe(3_000_000)
    expect(JSON.parse(body)).toEqual(settingsFile)
  })

  it('reset: the connection ends without an answer', async () => {
    simulator.fault({ kind: 'reset' })
    await expect(fetch(`${simulator.url}/server-side/settings${query}`)).rejects.toThrow()
  })

  it('concerns one endpoint, and as many requests as told, one fault after the other', async () => {
    simulator.fault({ kind: 'status', status: 500, endpoint: 'pull', times: 2 })
    simulator.fault({ kind: 'status', status: 501, endpoint: 'pull', times: 1 })
    const statuses = []
    for (const endpoint of ['pull', 'settings', 'pull', 'pull', 'pull']) {
      statuses.push((await ask(undefined, endpoint)).status)
    }
    expect(statuses).toEqual([500, 200, 500, 501, 200])
  })

  it('lasts until it is taken back or all are cleared', async () => {
    const takeBack = simulator.fault({ kind: 'status', status: 500 })
    simulator.fault({ kind: 'status', status: 501 })
    expect((await ask()).status).toBe(500)
    takeBack()
    expect((await ask()).status).toBe(501)
    simulator.clearFaults()
    expect((await ask()).status).toBe(200)
  })

  it('does not reach whoever has a wrong key', async () => {
    simulator.fault({ kind: 'status', status: 500, times: 1 })
    expect((await fetch(`${simulator.url}/server-side/settings?a=7&i=wrong`)).status).toBe(400)
    expect((await ask()).status).toBe(500)
  })
})
