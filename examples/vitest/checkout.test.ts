import { afterAll, describe, expect, it } from 'vitest'
import vwoSdk from 'vwo-node-sdk'
import { createTestClient, settingsFile } from '@vwo-hub/client/testing'
import { priceFor } from './checkout.js'

const settings = settingsFile().featureTest('discount', {
  variables: { percent: 0 },
  variations: { off: false, ten: { percent: 10 } },
})

describe('the price', () => {
  const vwo = createTestClient({ sdk: vwoSdk, settings })
  afterAll(() => vwo.close())

  it('is lower for who gets the discount, and for nobody else', () => {
    vwo.force('ann', 'discount', 'ten')
    vwo.force('bob', 'discount', 'off')
    expect(priceFor(vwo, 'ann', 50)).toBe(45)
    expect(priceFor(vwo, 'bob', 50)).toBe(50)
  })

  it('is what it was once the campaign is paused', () => {
    vwo.update(settings.without('discount'))
    expect(priceFor(vwo, 'ann', 50)).toBe(50)
  })
})
