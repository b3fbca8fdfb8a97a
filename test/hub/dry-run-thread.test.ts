import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { file } from '../support/check-as-hub.ts'
import { createStandingThread } from '../../packages/hub/dist/product/thread.js'
import { checkerForTest } from '../support/checker-for-test.ts'
import { fakeSdk } from '../support/fake-sdk.ts'
import { abTest } from '../support/settings-file.ts'

const counting = 'let launches = 0; exports.launch = () => { throw new Error("launch " + (launches += 1)) }'

describe('the thread', () => {
  it('is kept for the next check', async () => {
    const { check } = checkerForTest({ sdk: fakeSdk(counting) })
    await expect(check(file())).rejects.toThrow('the SDK throws: launch 1')
    await expect(check(file())).rejects.toThrow('the SDK throws: launch 2')
  })

  it('does one check after the other, in order, however many come', async () => {
    const { check } = checkerForTest({ sdk: fakeSdk(counting) })
    const all = await Promise.allSettled(Array.from({ length: 20 }, () => check(file())))
    const numbers = all.map((one) =>
      one.status === 'rejected' ? /launch (\d+)/.exec(String(one.reason))?.[1] : '',
    )
    expect(numbers).toEqual(Array.from({ length: 20 }, (_, n) => String(n + 1)))
  })

  it('is another one after it was ended', async () => {
    const sdk = fakeSdk(
      `let launches = 0; exports.launch = ({ settingsFile }) => { launches += 1; if (launches === 2) for (;;); throw new Error("launch " + launches) }`,
    )
    const { check } = checkerForTest({ sdk, timeoutMs: 1000 })
    await expect(check(file())).rejects.toThrow('launch 1')
    await expect(check(file(abTest('hang')))).rejects.toThrow('not done')
    await expect(check(file())).rejects.toThrow('launch 1')
  })

  it('can be started ahead', async () => {
    const sdk = fakeSdk(`require('fs').appendFileSync(__dirname + '/loaded', 'once '); ${counting}`)
    const { start, check } = checkerForTest({ sdk })
    start()
    start()
    await vi.waitFor(() => expect(existsSync(join(sdk, 'loaded'))).toBe(true), 10_000)
    await expect(check(file())).rejects.toThrow('launch 1')
    expect(readFileSync(join(sdk, 'loaded'), 'utf8')).toBe('once ')
  })

  it('[invariant 8] has none of the environment variables, and prints nothing', async () => {
    const printed = [process.stdout, process.stderr].map((stream) =>
      vi.spyOn(stream, 'write').mockReturnValue(true),
    )
    onTestFinished(() => printed.forEach((spy) => spy.mockRestore()))
    const source =
      'console.log("noise"); exports.launch = () => { console.error("noise"); throw new Error(JSON.stringify(process.env)) }'
    const { check, close } = checkerForTest({ sdk: fakeSdk(source) })
    await expect(check(file())).rejects.toThrow('the SDK throws: {}')
    // What a thread prints has come out when it has ended.
    await close()
    for (const spy of printed) expect(spy).not.toHaveBeenCalled()
  })

  it('tries each campaign that is new, and not again those that were good', async () => {
    const sdk = fakeSdk(`
      let asked = 0
      exports.launch = ({ settingsFile }) => {
        if (settingsFile.campaigns.length === 3) throw new Error('asked ' + asked)
        return { isFeatureEnabled() {}, getVariationName() {}, track() {}, activate(key) { asked += 1 } }
      }`)
    const { check } = checkerForTest({ sdk })
    const askedFor = async () => {
      const told = await check(file(abTest('x'), abTest('y'), abTest('z'))).catch(String)
      return Number(/asked (\d+)/.exec(JSON.stringify(told))?.[1])
    }
    await check(file(abTest('a')))
    const once = await askedFor()
    expect(once).toBeGreaterThan(0)
    await check(file(abTest('a')))
    expect(await askedFor()).toBe(once)
    await check(file(abTest('a', { percentTraffic: 50 })))
    expect(await askedFor()).toBe(2 * once)
    await check({ ...file(abTest('a')), isNB: true })
    expect(await askedFor()).toBe(3 * once)
  })
})

describe('closing', () => {
  it('ends a check under way and those that wait, and can be done twice', async () => {
    const sdk = fakeSdk(
      "exports.launch = () => { require('node:fs').writeFileSync(__dirname + '/launched', ''); for (;;); }",
    )
    const { check, close } = checkerForTest({ timeoutMs: 60_000, sdk })
    const checks = Promise.allSettled([check(file()), check(file())])
    await vi.waitFor(() => expect(existsSync(join(sdk, 'launched'))).toBe(true), 10_000)
    await Promise.all([close(), close()])
    for (const one of await checks) {
      expect(one).toMatchObject({ status: 'rejected', reason: { code: 'closed' } })
    }
    await expect(check(file())).rejects.toMatchObject({ code: 'closed' })
  })

  it('while the SDK is loading ends that', async () => {
    const { check, close } = checkerForTest({ sdk: fakeSdk('for (;;);') })
    const checking = check(file()).catch((reason: unknown) => reason)
    await new Promise(setImmediate)
    await close()
    expect(await checking).toMatchObject({ code: 'closed' })
  })

  it('before anything was checked has nothing to end', async () => {
    const sdk = fakeSdk("require('node:fs').writeFileSync(__dirname + '/loaded', '')")
    const { close, start } = checkerForTest({ sdk })
    await close()
    start()
    // Another one, of the same time, shows that a thread would have loaded.
    await expect(checkerForTest({ sdk: fakeSdk(counting) }).check(file())).rejects.toThrow('launch 1')
    await close()
    expect(existsSync(join(sdk, 'loaded'))).toBe(false)
  })
})

describe('a thread that is kept for a time', () => {
  it('answers what is asked meanwhile, and is another one afterwards', async () => {
    const numbering = `import { parentPort } from 'node:worker_threads'
      let asked = 0
      parentPort.on('message', () => parentPort.postMessage({ kind: 'answer', answer: (asked += 1) }))
      parentPort.postMessage({ kind: 'loaded' })`
    const worker = new URL(`data:text/javascript,${encodeURIComponent(numbering)}`)
    const thread = createStandingThread(() => ({ worker, memoryMb: 64 }), 10_000)
    onTestFinished(thread.close)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const ask = () => thread.ask<number>('which is this?', 5000)
    expect(await ask()).toMatchObject({ answer: 1 })
    vi.advanceTimersByTime(9000)
    expect(await ask()).toMatchObject({ answer: 2 })
    vi.advanceTimersByTime(9000)
    expect(await ask()).toMatchObject({ answer: 3 })
    vi.advanceTimersByTime(10_000)
    expect(await ask()).toMatchObject({ answer: 1 })
  })
})
