/**
 * Writes one answer of the simulated VWO, right or wrong.
 *
 * @module
 */
import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { createGzip } from 'node:zlib'
import type { Fault } from './faults.ts'

const json = 'application/json; charset=utf-8'

/** What VWO would say if nothing were wrong with it. */
export interface Answer {
  readonly settingsFile: string
  /** What it was before it was last changed. */
  readonly previous: string
  /** Sent as `ETag`, when the simulator is told to send one. */
  readonly etag: string | undefined
  /** The asker has this settings-file already: 304. */
  readonly isUnchanged: boolean
}

/**
 * @param signal - Ends delays.
 */
export async function writeAnswer(
  response: ServerResponse,
  answer: Answer,
  fault: Fault | undefined,
  signal: AbortSignal,
): Promise<void> {
  const { settingsFile, previous } = answer
  switch (fault?.kind) {
    case undefined:
      writeRight(response, answer)
      return
    case 'delay':
      await sleep(fault.delayMs, undefined, { signal })
      writeRight(response, answer)
      return
    case 'status':
      if (fault.retryAfter !== undefined) response.setHeader('retry-after', fault.retryAfter)
      writeJson(
        response,
        fault.status,
        fault.body ?? JSON.stringify({ message: `Simulated ${fault.status}` }),
      )
      return
    case 'truncation':
      await writeTruncated(response, Buffer.from(settingsFile), fault.bytes)
      return
    case 'content-type':
      response.writeHead(200, { 'content-type': fault.contentType }).end(fault.body)
      return
    case 'hang':
      return
    case 'drip':
      await drip(response, Buffer.from(settingsFile), fault, signal)
      return
    case 'gzip-bomb':
      await writeGzipBomb(response, settingsFile, fault.bytes)
      return
    case 'other-account':
      writeJson(response, 200, withAccount(settingsFile, fault.accountId))
      return
    case 'oversized':
      writeJson(response, 200, settingsFile.padEnd(fault.bytes))
      return
    case 'outdated':
      writeJson(response, 200, previous)
      return
    case 'reset':
      response.socket?.resetAndDestroy()
      return
  }
}

/** The body of every error at VWO: an object with a `message`. */
export function writeError(response: ServerResponse, status: number, message: string): void {
  writeJson(response, status, JSON.stringify({ message }))
}

function writeRight(response: ServerResponse, { settingsFile, etag, isUnchanged }: Answer): void {
  if (etag !== undefined) response.setHeader('etag', etag)
  if (isUnchanged) response.writeHead(304).end()
  else writeJson(response, 200, settingsFile)
}

function writeJson(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': json, 'content-length': Buffer.byteLength(body) }).end(body)
}

async function writeTruncated(
  response: ServerResponse,
  body: Buffer,
  bytes: number = Math.floor(body.length / 2),
): Promise<void> {
  response.writeHead(200, { 'content-type': json, 'content-length': body.length })
  await new Promise((resolve) => {
    response.write(body.subarray(0, Math.min(bytes, body.length - 1)), resolve)
  })
  response.destroy()
}

async function drip(
  response: ServerResponse,
  body: Buffer,
  fault: { readonly bytes: number; readonly everyMs: number },
  signal: AbortSignal,
): Promise<void> {
  response.writeHead(200, { 'content-type': json, 'content-length': body.length })
  for (let start = 0; start < body.length && !response.destroyed; start += fault.bytes) {
    response.write(body.subarray(start, start + fault.bytes))
    await sleep(fault.everyMs, undefined, { signal })
  }
  response.end()
}

/** JSON allows any number of spaces at its end, and they compress a thousandfold. */
async function writeGzipBomb(response: ServerResponse, settingsFile: string, bytes: number): Promise<void> {
  response.writeHead(200, { 'content-type': json, 'content-encoding': 'gzip' })
  await pipeline(Readable.from(withSpaces(settingsFile, bytes)), createGzip(), response)
}

function* withSpaces(text: string, bytes: number): Generator<Buffer> {
  const spaces = Buffer.alloc(64 * 1024, ' ')
  const start = Buffer.from(text)
  yield start
  for (let left = bytes - start.length; left > 0; left -= spaces.length) {
    yield left < spaces.length ? spaces.subarray(0, left) : spaces
  }
}

/** By text, so that a settings-file that is broken on purpose stays so. */
function withAccount(settingsFile: string, accountId: number): string {
  return settingsFile.replace(/("accountId"\s*:\s*)("[^"]*"|[\d.]+)/, `$1${accountId}`)
}
