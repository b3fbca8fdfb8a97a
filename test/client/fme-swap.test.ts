import { describe, expect, it } from 'vitest'
import { createFmeTestClient } from '@vwo-hub/client/testing'
import { copyFmeSdk } from '../support/fme-copy.ts'
import { fmeSettings, rollout } from '../support/fme-settings.ts'

describe('a swap while calls are under way', () => {
  it('leaves each call to the settings that it began with, wholly', async () => {
    const saying = (text: string) =>
      fmeSettings([
        {
          key: 'checkout',
          rules: [rollout({ variables: [{ id: 1, key: 'label', type: 'string', value: text }] })],
        },
      ])
    let answer = (): void => {}
    const asked = new Promise<null>((resolve) => (answer = () => resolve(null)))
    const vwo = await createFmeTestClient({
      ...{ sdk: copyFmeSdk(), settings: saying('before') },
      options: { storage: { get: () => asked, set: () => {} } },
    })
    const early = Array.from({ length: 20 }, (_, at) => vwo.getFlag('checkout', { id: `user-${at}` }))
    await vwo.update(saying('after'))
    const late = vwo.getFlag('checkout', { id: 'ann' })
    answer()
    const labels = (await Promise.all([...early, late])).map((flag) => flag.getVariable('label'))
    expect(labels).toEqual([...Array(20).fill('before'), 'after'])
    await vwo.close()
  })
})
