/** What an app hands over may throw as soon as it is looked at: it is left out, and the call does not reject. */
import { describe, expect, it } from 'vitest'
import { reportingFmeClient } from '../support/fme-trapped-client.ts'

const unreadable = (name: string, rest: object = {}): object =>
  Object.defineProperty({ ...rest }, name, {
    enumerable: true,
    get() {
      throw new Error('not to be read')
    },
  })
const withoutNames = new Proxy(
  {},
  {
    ownKeys() {
      throw new Error('not to be listed')
    },
  },
)
const ann = { id: 'ann' }

describe('what cannot be read is left out of', () => {
  it('a context', async () => {
    const { vwo, told } = await reportingFmeClient()
    const customVariables = unreadable('plan', { age: '20' })
    const context = unreadable('userAgent', { ...ann, customVariables })
    expect((await vwo.getFlag('checkout', context as never)).isEnabled()).toBe(true)
    expect(told).toEqual([
      'event-failed: Left out userAgent of a context: Error: not to be read',
      'event-failed: Left out customVariables.plan of a context: Error: not to be read',
    ])
  })

  it.each([unreadable('id'), withoutNames])(
    'a context that says then of nobody who it is',
    async (context) => {
      const { vwo, told } = await reportingFmeClient()
      expect((await vwo.getFlag('checkout', context as never)).isEnabled()).toBe(false)
      expect(await vwo.trackEvent('purchase', context as never)).toEqual({ purchase: false })
      expect(await vwo.setAlias(context as never, 'ann')).toBe(false)
      await vwo.setAttribute('plan', 'gold', context as never)
      expect(told.filter((each) => each.includes('expected a context with an id'))).toHaveLength(4)
    },
  )

  it('the properties of an event and the attributes of a user', async () => {
    const { vwo, network } = await reportingFmeClient()
    const properties = unreadable('amount', { currency: 'EUR' })
    expect(await vwo.trackEvent('purchase', ann, properties as never)).toEqual({ purchase: true })
    expect(await vwo.trackEvent('purchase', ann, withoutNames)).toEqual({ purchase: true })
    await vwo.setAttribute(unreadable('plan', { colour: 'blue' }) as never, ann)
    const sent = JSON.stringify(network.sent.map(({ body }) => body))
    expect(sent).toContain('"currency":"EUR"')
    expect(sent).toContain('"colour":"blue"')
  })

  it('an alias that is none, and says so', async () => {
    const { vwo, told } = await reportingFmeClient()
    expect(await vwo.setAlias(ann, 42 as never)).toBe(false)
    expect(await vwo.setAlias('', 'anon')).toBe(false)
    expect(told).toEqual([
      'call-invalid: Cannot call setAlias: TypeError: expected a text as the alias, got number',
      expect.stringContaining('expected a context with an id'),
    ])
  })

  it('nothing that is called __proto__: it becomes no property of an event', async () => {
    const { vwo, network } = await reportingFmeClient()
    const properties = JSON.parse('{"currency":"EUR","__proto__":{"revenue":1000000}}') as object
    await vwo.trackEvent('purchase', ann, properties as never)
    const sent = JSON.stringify(network.sent.map(({ body }) => body))
    expect(sent).toContain('"currency":"EUR"')
    expect(sent).not.toContain('revenue')
  })
})
