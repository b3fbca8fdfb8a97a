import { startVwoSimulator } from '@vwo-hub/sandbox'
import { fetch } from 'undici'
import { describe, expect, it } from 'vitest'
import vwoSdk from 'vwo-node-sdk'
import { query, settingsFile, startSimulator } from '../support/simulator.ts'

describe('the settings-file at the simulated VWO', () => {
  it.each(['/server-side/settings', '/server-side/pull'])('is served at %s as it was given', async (path) => {
    const simulator = await startSimulator({ settingsFile: '{"accountId": 7, "broken":' })
    const response = await fetch(`${simulator.url}${path}${query}`)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toMatch(/^application\/json/)
    expect(response.headers.has('etag')).toBe(false)
    expect(await response.text()).toBe('{"accountId": 7, "broken":')
  })

  it.each(['?a=7&i=other', '?a=8&i=key', '?a=7', ''])(
    'is refused with VWO’s own error for a wrong account or key: %s',
    async (wrong) => {
      const simulator = await startSimulator()
      const response = await fetch(`${simulator.url}/server-side/settings${wrong}`)
      expect(response.status).toBe(400)
      expect(await response.json()).toEqual({ message: 'Invalid api key' })
      expect(simulator.requests).toMatchObject([{ answer: 'refused' }])
    },
  )

  it('is what the SDK itself fetches, at both endpoints', async () => {
    const simulator = await startSimulator()
    // Of these, its typings know only the first; its code knows only the others.
    const place = { proxyUrl: '', protocol: 'http', hostname: '127.0.0.1', port: simulator.port }
    for (const endpoint of ['settings', 'pull']) {
      const at = { ...place, path: `/server-side/${endpoint}${query}` }
      const fetched = await vwoSdk.getSettingsFile('7', 'key', undefined, at)
      expect(fetched).toEqual(settingsFile)
      expect(simulator.requests.at(-1)).toMatchObject({
        endpoint,
        query: { a: '7', i: 'key', 'sdk-v': '1.73.0' },
        answer: 'settings-file',
      })
    }
  })

  it('has an ETag only when told to, and then answers 304 to whoever has it', async () => {
    const simulator = await startSimulator({ etag: true })
    const url = `${simulator.url}/server-side/settings${query}`
    const etag = (await fetch(url)).headers.get('etag') ?? ''
    const again = await fetch(url, { headers: { 'if-none-match': etag } })
    expect(again.status).toBe(304)
    expect(await again.text()).toBe('')
    await simulator.set({ ...settingsFile, version: 2 })
    expect((await fetch(url, { headers: { 'if-none-match': etag } })).status).toBe(200)
    simulator.useEtag(false)
    expect((await fetch(url)).headers.has('etag')).toBe(false)
  })

  it('is what it was when it was asked for, however late the answer', async () => {
    const simulator = await startSimulator()
    simulator.fault({ kind: 'delay', delayMs: 50, times: 1 })
    const slow = fetch(`${simulator.url}/server-side/settings${query}`)
    await simulator.requested(1)
    await simulator.set({ ...settingsFile, version: 2 })
    expect(await (await slow).json()).toEqual(settingsFile)
  })
})

describe('the simulator itself', () => {
  it('serves a file from disk, and says when there is nothing to serve', async () => {
    const simulator = await startSimulator({
      settingsFile: undefined,
      file: `${import.meta.dirname}/../package.json`,
    } as never)
    const response = await fetch(`${simulator.url}/server-side/settings${query}`)
    expect(await response.json()).toMatchObject({ name: '@vwo-hub/test' })
    await expect(startVwoSimulator({ accountId: 7, sdkKey: 'key' })).rejects.toMatchObject({
      code: 'config-invalid',
    })
  })

  it('says that a port is taken', async () => {
    const { port } = await startSimulator()
    await expect(startSimulator({ port })).rejects.toMatchObject({
      code: 'address-unusable',
      message: expect.stringContaining(`127.0.0.1:${port}`),
    })
  })

  it('answers everything else with an error of VWO’s form', async () => {
    const simulator = await startSimulator()
    const post = await fetch(`${simulator.url}/server-side/settings${query}`, { method: 'POST' })
    expect([post.status, await post.json()]).toEqual([405, { message: 'Method not allowed' }])
    const other = await fetch(`${simulator.url}/favicon.ico`)
    expect([other.status, await other.json()]).toEqual([404, { message: 'Not found' }])
  })
})
