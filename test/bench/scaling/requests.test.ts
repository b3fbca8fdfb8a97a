import { connect, createServer } from 'node:net'
import { createClient } from '@vwo-hub/client'
import { INLINE_LIMIT_BYTES } from '@vwo-hub/protocol'
import { startRedisServer } from '@vwo-hub/sandbox'
import vwoSdk from 'vwo-node-sdk'
import { expect, it, onTestFinished } from 'vitest'
import { createPublisher } from '../../support/publisher.ts'
import { until } from '../../support/until.ts'
import { identityReported } from './population.ts'
import { createRequests } from './requests.ts'
import { settingsOfSize } from '../support/settings.ts'

/** What a real client sends, in one text. */
async function recordedFrom(port: number): Promise<{ url: string; sent(): string }> {
  let sent = ''
  const recorder = createServer((client) => {
    const server = connect(port, '127.0.0.1')
    for (const socket of [client, server]) socket.on('error', () => {})
    client.on('data', (chunk) => (sent += chunk.toString()))
    client.pipe(server).pipe(client)
  })
  await new Promise<void>((resolve) => recorder.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void recorder.close())
  const address = recorder.address()
  if (address === null || typeof address === 'string') throw new Error('expected a port')
  return { url: `redis://127.0.0.1:${address.port}`, sent: () => sent }
}

it('bare clients send what a real client sends: to connect, to read, to fetch and to report', async () => {
  const server = await startRedisServer()
  onTestFinished(server.close)
  const publisher = await createPublisher(server.url, 'bench')
  onTestFinished(publisher.close)
  const revision = await publisher.publish(settingsOfSize(100_000, 0))
  const { url, sent } = await recordedFrom(server.port)
  const client = createClient({
    environment: 'bench',
    redis: url,
    sdk: vwoSdk,
    launch: { isDevelopmentMode: true },
    node: 'node-1',
    checkIntervalMs: 100,
  })
  onTestFinished(client.close)
  const expected = createRequests({
    ...{ environment: 'bench', id: 'node-1', isCluster: false, isReporting: true },
  })

  // Reports and reads come in any order after the settings.
  const report = (all: string) => /\*1\r\n\$5\r\nmulti\r\n.*?exec\r\n/s.exec(all)?.[0]
  const all = await until(
    sent,
    (text) => text.split(String(expected.read)).length > 2 && report(text) !== undefined,
  )
  const opening = [expected.greeting, expected.readyCheck, expected.following].map(String).join('')
  expect(all.slice(0, opening.length)).toBe(opening)
  const fetch = String(expected.fetchOf(revision, 100_000, INLINE_LIMIT_BYTES))
  expect(all.slice(opening.length)).toContain(fetch)

  const words = [...(report(all) ?? '').matchAll(/\$\d+\r\n([^\r]*)\r\n/g)].map(([, word = '']) => word)
  const fields = words.slice(words.indexOf('hset') + 2, words.indexOf('pexpire'))
  const node: Record<string, string> = {}
  for (let index = 0; index < fields.length; index += 2) node[fields[index] ?? ''] = fields[index + 1] ?? ''
  const now = Number(words[words.indexOf('zadd') + 2])
  expect(report(all)).toBe(String(expected.reportOf(node, now)))
  // It asks for the time just before; reads and the fetch fall in between where answers are late.
  const others = [String(expected.read), fetch]
  const rest = others.reduce((text, other) => text.replaceAll(other, ''), all.slice(opening.length))
  expect(rest).toContain(String(expected.time) + String(expected.reportOf(node, now)))
  expect(Object.keys(node)).toEqual(['revision', ...Object.keys(identityReported)])
})
