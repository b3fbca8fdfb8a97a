import { Agent as PlainAgent, type IncomingMessage, request as requestPlain } from 'node:http'
import { Agent as TlsAgent, request as requestTls } from 'node:https'
import { constants, createGunzip } from 'node:zlib'
import type { Answer, Question, Transport } from './transport.ts'

/** How long a connection is idle until the system asks whether the other end is still there, in milliseconds. */
const PROBE_MS = 15_000
/** What a file is decompressed in, in bytes: each piece costs as much as some kilobytes of it, and each file one of them. */
const PIECE = 64 * 1024

/**
 * VWO without a proxy in between. A connection stays open for as long as VWO lets it: a change may come an hour after the one
 * before, and needs no new handshake then.
 *
 * By Node's client, not by its `fetch`, which takes several times as long for each request and ends a connection after four
 * idle seconds.
 */
export function createDirectTransport(target: URL): Transport {
  const isTls = target.protocol === 'https:'
  const options = { keepAlive: true, keepAliveMsecs: PROBE_MS, scheduling: 'lifo' } as const
  const agent = isTls ? new TlsAgent(options) : new PlainAgent(options)
  const request = isTls ? requestTls : requestPlain

  /** @returns undefined when VWO had ended a connection that was idle: then it is asked by another. */
  function tryToAsk(url: string, { headers, signal }: Question): Promise<IncomingMessage | undefined> {
    return new Promise((resolve, reject) => {
      const asked = request(url, { agent, headers, signal }, resolve)
      asked.on('error', (error: NodeJS.ErrnoException) => {
        const isStale = asked.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
        if (isStale && !signal.aborted) resolve(undefined)
        else reject(error)
      })
      // Also where there is neither an answer nor an error: after 101 for example.
      asked.on('close', () => reject(new Error('expected an answer, got the end of the connection')))
      asked.end()
    })
  }

  return {
    async ask(url, question) {
      let answer: IncomingMessage | undefined
      // Each of them is gone from the agent then, so that this comes to an end.
      do answer = await tryToAsk(url, question)
      while (answer === undefined)
      return answerOf(answer)
    },
    close: () => agent.destroy(),
  }
}

function answerOf(message: IncomingMessage): Answer {
  const { statusCode = 0, headers } = message
  return {
    status: statusCode,
    header(name) {
      const value = headers[name]
      return Array.isArray(value) ? value.join(', ') : value
    },
    body: isCompressed(headers['content-encoding']) ? decompressed(message) : message,
    end() {
      // To its end it was read, or has none; else the connection is of no more use.
      if (message.complete) message.resume()
      else message.destroy()
    },
  }
}

const isCompressed = (encoding: string | undefined): boolean => /^\s*(x-)?gzip\s*$/i.test(encoding ?? '')

/** One that is cut short gives what there is of it. */
async function* decompressed(message: IncomingMessage): AsyncGenerator<Uint8Array> {
  const flush = constants.Z_SYNC_FLUSH
  const gunzip = createGunzip({ flush, finishFlush: flush, chunkSize: PIECE })
  message.on('error', (error) => gunzip.destroy(error))
  yield* message.pipe(gunzip) as AsyncIterable<Uint8Array>
}
