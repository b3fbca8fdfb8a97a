import { connect } from 'node:net'

/** How long a server is listened to, in milliseconds. One that closes a connection at once says why before. */
const LISTEN_MS = 500
const MAX_BYTES = 200

/** Of a connection that was closed before it had answered anything. */
export function isClosedAtOnce(reason: string): boolean {
  return /EPIPE|ECONNRESET|Connection is closed/.test(reason)
}

/**
 * What a server says to who connects and says nothing: one that has too many connections says so and closes, and where a command
 * was on its way to it, that answer is lost with the connection.
 *
 * @returns Without the sign of an error; undefined where it says nothing. Never rejects.
 */
export async function firstWordsOf(host: string, port: number): Promise<string | undefined> {
  return await new Promise((resolve) => {
    let said = ''
    const socket = connect({ host, port })
    const end = (): void => {
      socket.destroy()
      resolve(/^-(.+?)\r?\n/.exec(said)?.[1])
    }
    const timer = setTimeout(end, LISTEN_MS)
    socket.setEncoding('latin1').on('data', (text: string) => {
      said = (said + text).slice(0, MAX_BYTES)
    })
    socket.once('error', () => {})
    socket.once('close', () => {
      clearTimeout(timer)
      end()
    })
  })
}
