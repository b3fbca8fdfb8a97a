/**
 * @module
 */
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { SandboxError } from '../errors.ts'

/**
 * Below the range that operating systems take local ports of outgoing connections from (Linux 32768 and up,
 * macOS 49152 and up). Inside that range a client that keeps reconnecting to a server which is down may be
 * given the very port that it dials, connect to itself, and keep the server from ever coming back.
 */
const lowest = 15_000
const highest = 32_000

/**
 * A port that nobody listens on at this moment. Another process may take it before the caller does:
 * callers try again with the next one.
 *
 * @param host - Address to try. Default `127.0.0.1`.
 * @throws {@link SandboxError} `address-unusable` when 50 ports in a row are taken.
 */
export async function findFreePort(host: string = '127.0.0.1'): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const port = randomInt(lowest, highest)
    if (await isFree(port, host)) return port
  }
  throw new SandboxError(
    'address-unusable',
    `Cannot find a free port: 50 ports from ${lowest} to ${highest} on ${host} are all taken.`,
  )
}

/** Whether nobody listens there at this moment. */
export async function isFree(port: number, host: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => {
      resolve(false)
    })
    probe.listen({ port, host, exclusive: true }, () => {
      probe.close(() => {
        resolve(true)
      })
    })
  })
}
