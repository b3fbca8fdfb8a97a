import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { JudgingLimits } from '../../packages/hub/dist/product/product.js'
import { HubError } from '../../packages/hub/dist/errors.js'
import { openChecker } from '../support/checker.ts'
import {
  abTest,
  featureRollout,
  featureTest,
  goal,
  settingsFile,
  variation,
} from '../support/settings-file.ts'

const closers: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

function checkerWith(limits: Omit<JudgingLimits, 'maxBytes'> = {}) {
  const checker = openChecker({ maxBytes: 10_000_000, ...limits })
  closers.push(checker.close)
  const check = (settings: object) => checker.check(JSON.stringify(settings), { environment: 'prod' })
  return { ...checker, check }
}

/** A package that takes the SDK's place. */
function fakeSdk(source: string, version = '1.73.9'): string {
  const folder = mkdtempSync(join(tmpdir(), 'vwo-hub-sdk-'))
  closers.push(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'fake', version, main: 'index.js' }))
  writeFileSync(join(folder, 'index.js'), source)
  return folder
}

const file = (...campaigns: object[]) => ({ ...settingsFile(), campaigns })
const refusal = { code: 'settings-refused' }

describe('a settings-file that has no end', () => {
  it.each([
    ['(a+)+$', 'repetitions in repetitions'],
    ['^(([a-z])+.)+[A-Z]([a-z])+$', 'the same with an end of its own'],
    ['(x+x+)+y', 'a letter that only it has'],
    ['^(\\d+)*$', 'digits'],
    ['(.*)*!!', 'anything'],
  ])(
    'because %s in segments backtracks (%s) is refused with the place, and the next one is checked',
    async (expression) => {
      // Time enough for the good one on a slow machine.
      const { check } = checkerWith({ timeoutMs: 2500 })
      const segments = { or: [{ not: { custom_variable: { email: `regex(${expression})` } } }] }
      const error = await check(file(abTest('good'), abTest('bad', { segments }))).catch(
        (reason: unknown) => reason,
      )
      expect(error).toMatchObject(refusal)
      expect((error as Error).message).toMatch(
        /^Settings of "prod" refused: campaigns\[1\]: expected regular expressions that come to an end, got one in segments/,
      )
      expect((await check(file(abTest('good')))).units).toBe(1)
    },
  )

  it('is refused also where something else has to come first', async () => {
    const { check } = checkerWith()
    for (const expression of [
      '^https?://([\\w-]+\\.?)+/checkout$',
      '^XY-(\\w+)*$',
      '^\\+49(\\d+ ?)+$',
      '^id:(\\w+,?)+;$',
      '^[\\w.]+@(\\w+\\.?)+\\.com$',
      '^\\d{4}-(\\d+)+Z$',
      // Behind more of something than is written out; and behind what refers to something else.
      '^Q{70}(Z|Z)*Y',
      `${'x'.repeat(700)}(a+)+b`,
      '^https://x(.+)+\\1!',
      // Where the ways do not double, but are many.
      '^https?://(.*a)(.*a)(.*a)(.*a)(.*a)(.*a)$',
    ]) {
      const segments = { or: [{ custom_variable: { v: `regex(${expression})` } }] }
      await expect(check(file(abTest('bad', { segments }))), expression).rejects.toThrow(
        /campaigns\[0\]: expected regular expressions that come to an end/,
      )
    }
  })

  it('is refused whatever has to follow for a match to fail, and where it looks back', async () => {
    const { check } = checkerWith()
    for (const expression of [
      '(k+k+)+\\b',
      '(a+)+([!\\n\\u0000\u00e9]|$)',
      '(a+)+[\\s\\S]{3}$',
      '(?<=^\\d+(a|aa)+)c',
    ]) {
      const segments = { or: [{ custom_variable: { v: `regex(${expression})` } }] }
      await expect(check(file(abTest('bad', { segments }))), expression).rejects.toThrow(
        /campaigns\[0\]: expected regular expressions that come to an end/,
      )
    }
  })

  it('has as much more time as it is long', async () => {
    const sdk = fakeSdk('exports.launch = () => { for (;;); }')
    const { check } = checkerWith({ sdk, timeoutMs: 300 })
    const plain = file(abTest('bad'))
    const padded = { ...plain, padding: 'x'.repeat(2_000_000 - JSON.stringify(plain).length - 13) }
    expect(JSON.stringify(padded)).toHaveLength(2_000_000)
    await expect(check(padded)).rejects.toThrow(/the dry run was not done after 900 ms/)
  })

  it('[invariant 3] in a whitelist is found as well', async () => {
    const { check } = checkerWith({ timeoutMs: 1000 })
    const segments = { custom_variable: { email: 'regex((a|aa)+$)' } }
    await expect(
      check(file(abTest('bad', { variations: [variation(1, 'Control', 100, { segments })] }))),
    ).rejects.toMatchObject({ ...refusal, message: expect.stringContaining('campaigns[0]: ') as string })
  })

  it('because the SDK has none is refused', async () => {
    const { check } = checkerWith({
      timeoutMs: 1000,
      sdk: fakeSdk('exports.launch = () => { for (;;); }'),
    })
    await expect(check(file())).rejects.toMatchObject({
      ...refusal,
      message: expect.stringContaining('the file: the dry run was not done after') as string,
    })
  })
})

describe('a settings-file that takes the thread with it', () => {
  it.each([
    [
      'by its memory',
      'exports.launch = () => { const hoard = []; for (;;) hoard.push({ more: hoard.length }); }',
      /needed more than 32 MB of memory/,
    ],
    ['by ending it', 'exports.launch = () => process.exit(0)', /ended its thread/],
    [
      'by an exception of its own time',
      'exports.launch = () => { queueMicrotask(() => { throw new Error("later") }); for (const end = Date.now() + 5; Date.now() < end;); throw new Error("now") }',
      // Whichever is heard first.
      /now|later/,
    ],
  ])('%s is refused, and the hub lives', async (_, source, why) => {
    const { check } = checkerWith({ timeoutMs: 60_000, memoryMb: 32, sdk: fakeSdk(source) })
    const message = expect.stringMatching(why) as string
    await expect(check(file())).rejects.toMatchObject({ ...refusal, message })
    await expect(check(file())).rejects.toMatchObject({ ...refusal, message })
  })
})

describe('the decisions', () => {
  it('[invariant 3] are asked for by every call, for every variation, variable and goal, stored and by bucket', async () => {
    const sdk = fakeSdk(`
      const { appendFileSync } = require('node:fs')
      exports.launch = ({ userStorageService }) => {
        const note = (name) => (key, ...rest) => {
          const stored = userStorageService.get('user', key)?.variationName ?? 'bucket'
          const what = rest.filter((one) => typeof one === 'string' && !one.startsWith('dry-run'))
          appendFileSync(__dirname + '/calls', [name, key, stored, ...what].join(':') + ' ')
        }
        const names = ['activate', 'getVariationName', 'isFeatureEnabled', 'getFeatureVariableValue', 'track']
        return Object.fromEntries(names.map((name) => [name, note(name)]))
      }`)
    const { check } = checkerWith({ sdk })
    await check(
      file(
        abTest('ab', { goals: [goal('bought'), goal('seen')], segments: { user: 'ann' } }),
        featureTest('test'),
        featureRollout('rollout', { goals: [] }),
      ),
    )
    const calls = readFileSync(join(sdk, 'calls'), 'utf8').trim().split(' ')
    expect([...new Set(calls)].toSorted()).toEqual([
      'activate:ab:Control',
      'activate:ab:Variation-1',
      'activate:ab:bucket',
      'activate:ab:bucket:ann',
      'getFeatureVariableValue:rollout:website:colour',
      'getFeatureVariableValue:test:Control',
      'getFeatureVariableValue:test:Control:colour',
      'getFeatureVariableValue:test:Variation-1',
      'getFeatureVariableValue:test:Variation-1:colour',
      'getVariationName:ab:Control',
      'getVariationName:ab:Variation-1',
      'getVariationName:test:Control',
      'getVariationName:test:Variation-1',
      'isFeatureEnabled:rollout:bucket',
      'isFeatureEnabled:rollout:website',
      'isFeatureEnabled:test:Control',
      'isFeatureEnabled:test:Variation-1',
      'isFeatureEnabled:test:bucket',
      'track:ab:Variation-1:bought',
      'track:ab:Variation-1:seen',
      'track:test:Variation-1:bought',
    ])
  })
})

describe('the thread', () => {
  const counting = 'let launches = 0; exports.launch = () => { throw new Error("launch " + (launches += 1)) }'

  it('is kept for the next check', async () => {
    const { check } = checkerWith({ sdk: fakeSdk(counting) })
    await expect(check(file())).rejects.toThrow('the SDK throws: launch 1')
    await expect(check(file())).rejects.toThrow('the SDK throws: launch 2')
  })

  it('does one check after the other, in order, however many come', async () => {
    const { check } = checkerWith({ sdk: fakeSdk(counting) })
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
    const { check } = checkerWith({ sdk, timeoutMs: 1000 })
    await expect(check(file())).rejects.toThrow('launch 1')
    await expect(check(file(abTest('hang')))).rejects.toThrow('not done')
    await expect(check(file())).rejects.toThrow('launch 1')
  })

  it('can be started ahead', async () => {
    const { start, check } = checkerWith({
      sdk: fakeSdk(`require('fs').writeFileSync(__dirname + '/loaded', ''); ${counting}`),
    })
    start()
    start()
    await expect(check(file())).rejects.toThrow('launch 1')
  })

  it('[invariant 8] has none of the environment variables, and prints nothing', async () => {
    const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    closers.push(() => printed.mockRestore())
    const source =
      'console.log("noise"); exports.launch = () => { console.error("noise"); throw new Error(JSON.stringify(process.env)) }'
    const { check } = checkerWith({ sdk: fakeSdk(source) })
    await expect(check(file())).rejects.toThrow('the SDK throws: {}')
    expect(printed).not.toHaveBeenCalled()
  })

  it('tries each campaign that is new, and not again those that were good', async () => {
    const sdk = fakeSdk(`
      let asked = 0
      exports.launch = ({ settingsFile }) => {
        if (settingsFile.campaigns.length === 3) throw new Error('asked ' + asked)
        return { isFeatureEnabled() {}, getVariationName() {}, track() {}, activate(key) { asked += 1 } }
      }`)
    const { check } = checkerWith({ sdk })
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

describe('an SDK that is not the one', () => {
  it.each([
    [
      'missing',
      () => '/nowhere/vwo-node-sdk',
      /^Cannot check settings: expected vwo-node-sdk 1\.73, it cannot be loaded: Cannot find module/,
    ],
    [
      'newer',
      () => fakeSdk('', '1.80.0'),
      /^Cannot check settings: expected vwo-node-sdk 1\.73, got 1\.80\.0\. Nothing is published/,
    ],
    ['broken', () => fakeSdk('throw new Error("no such thing")'), /it cannot be loaded: no such thing\./],
  ])('because it is %s is reported at each check, and refuses no settings-file', async (_, sdk, message) => {
    const { check } = checkerWith({ sdk: sdk() })
    for (let n = 0; n < 2; n += 1) {
      const error = await check(file()).catch((reason: unknown) => reason)
      if (!(error instanceof HubError)) throw error
      expect(error.code).toBe('config-invalid')
      expect(error.message).toMatch(message)
    }
  })
})

describe('closing', () => {
  it('ends a check under way and those that wait, and can be done twice', async () => {
    const sdk = fakeSdk(
      "exports.launch = () => { require('node:fs').writeFileSync(__dirname + '/launched', ''); for (;;); }",
    )
    const { check, close } = checkerWith({ timeoutMs: 60_000, sdk })
    const checks = Promise.allSettled([check(file()), check(file())])
    await vi.waitFor(() => expect(existsSync(join(sdk, 'launched'))).toBe(true), 10_000)
    await Promise.all([close(), close()])
    for (const one of await checks) {
      expect(one).toMatchObject({ status: 'rejected', reason: { code: 'closed' } })
    }
    await expect(check(file())).rejects.toMatchObject({ code: 'closed' })
  })

  it('while the SDK is loading ends that', async () => {
    const { check, close } = checkerWith({ sdk: fakeSdk('for (;;);') })
    const checking = check(file()).catch((reason: unknown) => reason)
    await new Promise(setImmediate)
    await close()
    expect(await checking).toMatchObject({ code: 'closed' })
  })

  it('before anything was checked has nothing to end', async () => {
    const { close, start } = checkerWith()
    await close()
    start()
    await close()
  })
})
