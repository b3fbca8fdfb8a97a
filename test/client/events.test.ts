import { expect, it } from 'vitest'
import type { Ready } from '@vwo-hub/client'
import { createEvents } from '../../packages/client/dist/events.js'

const ready: Ready = { state: 'ready', revision: 1, source: 'test' }

/** Events, with one listener and how often it was called since it was looked at last. */
function setUp({ isReady = false } = {}) {
  const events = createEvents({
    holds: () => (isReady ? ready : undefined),
    onListenerError: () => expect.fail(),
  })
  let calls = 0
  const called = (): number => {
    const before = calls
    calls = 0
    return before
  }
  return { events, listener: () => void (calls += 1), called }
}

const orders = [
  ['on', 'once'],
  ['once', 'on'],
] as const

it.each(orders)('a listener that was added by `%s` and `%s` stays after the first event', (...order) => {
  const { events, listener, called } = setUp()
  for (const add of order) events[add]('ready', listener)
  events.emit('ready', ready)
  expect(called()).toBe(2)
  events.emit('ready', ready)
  expect(called()).toBe(1)
})

it.each(orders)('of a listener that was added by `%s` and `%s`, off leaves nothing', (...order) => {
  const { events, listener, called } = setUp()
  for (const add of order) events[add]('ready', listener)
  events.off('ready', listener)
  events.emit('ready', ready)
  expect(called()).toBe(0)
})

it.each(orders)('late by `%s` and `%s`, it is called at once by each, and stays', (...order) => {
  const { events, listener, called } = setUp({ isReady: true })
  for (const add of order) events[add]('ready', listener)
  expect(called()).toBe(2)
  events.emit('ready', ready)
  expect(called()).toBe(1)
})

it('a listener that `once` added twice is called once', () => {
  const { events, listener, called } = setUp()
  events.once('ready', listener)
  events.once('ready', listener)
  events.emit('ready', ready)
  events.emit('ready', ready)
  expect(called()).toBe(1)
})
