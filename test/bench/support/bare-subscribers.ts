/**
 * The floor of propagation, in a process of its own: bare sockets that subscribe, and parse what arrives. Nothing
 * is checked, kept or swapped.
 *
 * Arguments: port, channel, count, `parse` or `receive`, `low` for a low priority. Sends `ready`, and then the time at which the last subscriber
 * had each message.
 */
import { connect } from 'node:net'
import { constants, setPriority } from 'node:os'
import { nowMs } from './measure.ts'

const [port, channel = '', count, what, priority] = process.argv.slice(2)
// Leaves the processor to others, as nodes do that are other machines.
if (priority === 'low') setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
let complete = 0
let subscribed = 0

for (let index = 0; index < Number(count); index += 1) {
  const socket = connect({ port: Number(port), host: '127.0.0.1', noDelay: true })
  socket.write(`*2\r\n$9\r\nSUBSCRIBE\r\n$${Buffer.byteLength(channel)}\r\n${channel}\r\n`)
  let chunks: Buffer[] = []
  let received = 0
  let expected = 0
  let isSubscribed = false
  socket.on('data', (chunk) => {
    if (!isSubscribed) {
      isSubscribed = true
      subscribed += 1
      if (subscribed === Number(count)) process.send?.('ready')
      return
    }
    chunks.push(chunk)
    received += chunk.length
    // *3 $7 message $<n> <channel> $<length> <body>
    const body = expected === 0 ? bodyOf(chunks[0] ?? chunk) : undefined
    if (body !== undefined) expected = body.start + body.length + 2
    if (expected === 0 || received < expected) return
    if (what === 'parse') {
      const whole = Buffer.concat(chunks)
      const at = bodyOf(whole)
      JSON.parse(whole.toString('utf8', at?.start, (at?.start ?? 0) + (at?.length ?? 0)))
    }
    chunks = []
    received = 0
    expected = 0
    complete += 1
    if (complete % Number(count) === 0) process.send?.(nowMs())
  })
}

function bodyOf(buffer: Buffer): { start: number; length: number } | undefined {
  const lines = buffer.toString('latin1', 0, 200).split('\r\n')
  const length = Number(lines[5]?.slice(1))
  if (!Number.isFinite(length)) return undefined
  return { start: lines.slice(0, 6).join('\r\n').length + 2, length }
}
