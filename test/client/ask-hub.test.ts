import { getEventListeners, once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { sha256Of } from '@vwo-hub/protocol'
import { askHub, type Question } from '../../packages/client/dist/sources/ask-hub.js'

/** Asks a hub that answers like this, for as long as the client lives. */
async function asking(answer: RequestListener) {
  const server = createServer(answer).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const closing = new AbortController()
  const { signal } = closing
  const ask = (more: Partial<Question> = {}) =>
    askHub({ url }, 'prod', {
      ...{ product: 'fullstack', after: 1, waitMs: 0, silenceMs: 60_000, wholeMs: 60_000, signal },
      ...more,
    })
  return { ask, closing, listeners: () => getEventListeners(signal, 'abort') }
}

/** How many signals Node keeps that were made of this one. */
function dependantsOf(signal: AbortSignal): number {
  const name = Object.getOwnPropertySymbols(signal).find((each) => String(each).includes('kDependantSignals'))
  const kept = name === undefined ? undefined : (signal as never as Record<symbol, { size: number }>)[name]
  return kept?.size ?? 0
}

it('many questions leave nothing behind on the signal of the client that asks them', async () => {
  let answers = 0
  const { ask, closing, listeners } = await asking((_request, response) => {
    const told = { 'vwo-hub-revision': '5', etag: `"${sha256Of('{}')}"` }
    answers += 1
    if (answers % 3 === 0) response.writeHead(304, told).end()
    else if (answers % 3 === 1) response.writeHead(200, told).end('{}')
    else response.destroy()
  })
  const kinds = new Set<string>()
  for (let n = 0; n < 30; n += 1) {
    kinds.add(
      await ask().then(
        ({ kind }) => kind,
        () => 'failed',
      ),
    )
  }
  expect(kinds).toEqual(new Set(['settings', 'unchanged', 'failed']))
  expect(listeners()).toEqual([])
  expect(dependantsOf(closing.signal)).toBe(0)
})

it('a question ends when the client closes, before its answer, within it, and before it is asked', async () => {
  for (const answersHalf of [false, true]) {
    const { ask, closing, listeners } = await asking((_request, response) => {
      if (answersHalf) {
        response.writeHead(200, { 'vwo-hub-revision': '5' }).write('{')
        setImmediate(() => closing.abort())
      } else closing.abort()
    })
    for (let n = 0; n < 2; n += 1) {
      const error = await ask().catch((reason: unknown) => reason)
      expect(error).toBe(closing.signal.reason)
    }
    expect(listeners()).toEqual([])
  }
})

it('a question ends at its limits, and says which: silence, and all of it', async () => {
  const { ask, listeners } = await asking(() => {})
  await expect(ask({ silenceMs: 20 })).rejects.toThrow('it was silent for 20 ms')
  await expect(ask({ wholeMs: 20 })).rejects.toThrow('it took longer than 20 ms')
  expect(listeners()).toEqual([])
})
