/**
 * One direction of a connection, as good or bad as it is told to be at any moment.
 *
 * @module
 */
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export type Flow =
  | { readonly kind: 'pass' }
  /** What comes is lost, the end of the connection too. One that has lost something never recovers: it is half-open. */
  | { readonly kind: 'swallow' }
  /** Nothing arrives until the flow is another one; then everything does. */
  | { readonly kind: 'hold' }
  | { readonly kind: 'slow'; readonly bytesPerSecond: number }
  | { readonly kind: 'delay'; readonly delayMs: number }

/** How often a slow flow moves on, and a held one looks whether it still is, in milliseconds. */
const tickMs = 20
/** As much may be under way; whoever sends more has to wait, as with a real network. */
const maxBytesUnderWay = 1024 * 1024

type Arrival =
  | { readonly kind: 'bytes'; readonly bytes: Buffer; readonly at: number }
  | { readonly kind: 'end' | 'reset'; readonly at: number }

/** @param flow - Asked again for everything that arrives. */
export function pipeThrough(source: Socket, sink: Socket, flow: () => Flow): void {
  const arrivals: Arrival[] = []
  let bytesUnderWay = 0
  let isDead = false
  let isDelivering = false

  const arrive = (arrival: Arrival): void => {
    arrivals.push(arrival)
    if (!isDelivering) void deliver()
  }
  source.on('data', (bytes: Buffer) => {
    bytesUnderWay += bytes.length
    if (bytesUnderWay > maxBytesUnderWay) source.pause()
    arrive({ kind: 'bytes', bytes, at: performance.now() })
  })
  source.once('end', () => arrive({ kind: 'end', at: performance.now() }))
  source.once('close', (hadError) => {
    if (hadError) arrive({ kind: 'reset', at: performance.now() })
  })

  async function deliver(): Promise<void> {
    isDelivering = true
    for (let next = arrivals[0]; next !== undefined && !sink.destroyed; next = arrivals[0]) {
      const now = isDead ? ({ kind: 'swallow' } as const) : flow()
      switch (now.kind) {
        case 'pass':
          give(next)
          break
        case 'swallow':
          isDead = true
          done(next)
          break
        case 'hold':
          await sleep(tickMs)
          break
        case 'delay': {
          const waitMs = next.at + now.delayMs - performance.now()
          if (waitMs > 0) await sleep(waitMs)
          give(next)
          break
        }
        case 'slow':
          await sleep(tickMs)
          giveSome(next, Math.max(1, Math.round((now.bytesPerSecond * tickMs) / 1000)))
          break
      }
    }
    isDelivering = false
  }

  function give(arrival: Arrival): void {
    done(arrival)
    if (sink.destroyed) return
    if (arrival.kind === 'bytes') sink.write(arrival.bytes)
    else if (arrival.kind === 'end') sink.end()
    else sink.resetAndDestroy()
  }

  function giveSome(arrival: Arrival, limit: number): void {
    if (arrival.kind !== 'bytes' || arrival.bytes.length <= limit) {
      give(arrival)
      return
    }
    if (!sink.destroyed) sink.write(arrival.bytes.subarray(0, limit))
    arrivals[0] = { ...arrival, bytes: arrival.bytes.subarray(limit) }
    bytesUnderWay -= limit
  }

  function done(arrival: Arrival): void {
    arrivals.shift()
    if (arrival.kind !== 'bytes') return
    bytesUnderWay -= arrival.bytes.length
    if (bytesUnderWay <= maxBytesUnderWay) source.resume()
  }
}
