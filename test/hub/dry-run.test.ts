import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { HubError } from '../../packages/hub/dist/errors.js'
import { file } from '../support/check-as-hub.ts'
import { checkerForTest } from '../support/checker-for-test.ts'
import { fakeSdk } from '../support/fake-sdk.ts'
import { abTest, featureRollout, featureTest, goal } from '../support/settings-file.ts'

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
    const { check } = checkerForTest({ sdk })
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
    const { check } = checkerForTest({ sdk: sdk() })
    for (let n = 0; n < 2; n += 1) {
      const error = await check(file()).catch((reason: unknown) => reason)
      if (!(error instanceof HubError)) throw error
      expect(error.code).toBe('config-invalid')
      expect(error.message).toMatch(message)
    }
  })
})
