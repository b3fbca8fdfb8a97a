import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { settingsFile, startSimulator } from '../support/simulator.ts'
import { startReceiver } from '../support/webhook-receiver.ts'

describe('a webhook of the simulated VWO', () => {
  it('is VWO’s JSON, in seconds, naming neither account nor key, with the secret in x-vwo-auth', async () => {
    const receiver = await startReceiver(200)
    const simulator = await startSimulator({ webhook: { url: receiver.url, secret: 'sesame' } })
    const before = Math.floor(Date.now() / 1000)
    expect(await simulator.set({ ...settingsFile, version: 2 })).toBe(true)
    expect(receiver.received).toEqual([
      {
        method: 'POST',
        headers: expect.objectContaining({ 'x-vwo-auth': 'sesame', 'content-type': 'application/json' }),
        body: {
          timestamp: expect.any(Number),
          event: 'settings_changed',
          action: 'campaign_settings_changed',
          triggered_by: 'vwo',
        },
      },
    ])
    const [{ body } = { body: undefined }] = receiver.received
    const { timestamp } = body as { timestamp: number }
    expect(timestamp - before).toBeOneOf([0, 1])
  })

  it('carries no x-vwo-auth without a secret', async () => {
    const receiver = await startReceiver(200)
    const simulator = await startSimulator({ webhook: { url: receiver.url } })
    await simulator.post()
    expect(receiver.received[0]?.headers).not.toHaveProperty('x-vwo-auth')
  })

  it('is posted again, unchanged, on anything but exactly 200', async () => {
    const receiver = await startReceiver(202, 204, 401, 503, 200)
    const simulator = await startSimulator({ webhook: { url: receiver.url } })
    // A second passes with each look at the clock: what is composed anew has another timestamp.
    let now = Date.now()
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => (now += 1000))
    onTestFinished(() => {
      clock.mockRestore()
    })
    expect(await simulator.post()).toBe(true)
    expect(simulator.attempts.map(({ status }) => status)).toEqual([202, 204, 401, 503, 200])
    expect(new Set(receiver.received.map(({ body }) => JSON.stringify(body))).size).toBe(1)
  })

  it('is posted again while nobody answers, until closed', async () => {
    const simulator = await startSimulator({ webhook: { url: 'http://127.0.0.1:1/' } })
    const accepted = simulator.post()
    await simulator.posts(2)
    expect(simulator.attempts.map(({ status }) => status)).toEqual([undefined, undefined])
    await simulator.close()
    expect(await accepted).toBe(false)
    expect(await simulator.post()).toBe(false)
  })

  it('goes to where it is announced to, with the secret of that moment', async () => {
    const receiver = await startReceiver(200)
    const simulator = await startSimulator()
    expect(await simulator.post()).toBe(false)
    simulator.announceTo({ url: receiver.url, secret: 'first' })
    await simulator.post()
    simulator.announceTo({ url: receiver.url, secret: 'second' })
    await simulator.post()
    expect(receiver.received.map(({ headers }) => headers['x-vwo-auth'])).toEqual(['first', 'second'])
  })

  it('is posted again with the secret of that moment, and follows no redirect', async () => {
    const accepting = await startReceiver(200)
    const server = createServer((_request, response) => {
      simulator.announceTo({ url: accepting.url, secret: 'second' })
      response.writeHead(308, { location: accepting.url }).end()
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const simulator = await startSimulator({
      webhook: { url, secret: 'first' },
      retry: { minMs: 5, maxMs: 5 },
    })
    expect(await simulator.post()).toBe(true)
    expect(simulator.attempts.map(({ status }) => status)).toEqual([308, 200])
    expect(accepting.received.map(({ headers }) => headers['x-vwo-auth'])).toEqual(['second'])
  })

  it('is given up when its time is over', async () => {
    const receiver = await startReceiver(500)
    const simulator = await startSimulator({
      webhook: { url: receiver.url },
      retry: { minMs: 5, maxMs: 5, forMs: 500 },
    })
    const before = Date.now()
    expect(await simulator.post()).toBe(false)
    // But for the pause that it would have waited.
    expect(Date.now() - before).toBeGreaterThanOrEqual(495)
    expect(simulator.attempts.length).toBeGreaterThan(1)
  })

  it('is not posted for a change that VWO does not announce', async () => {
    const receiver = await startReceiver(200)
    const simulator = await startSimulator({ webhook: { url: receiver.url } })
    expect(await simulator.set({ ...settingsFile, version: 2 }, { announce: false })).toBe(false)
    expect(await simulator.set({ ...settingsFile, version: 3 })).toBe(true)
    expect(receiver.received).toHaveLength(1)
  })
})
