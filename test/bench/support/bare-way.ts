/**
 * The way of an update from a webhook to the nodes, of nothing but the steps that it has to have: a ticket in Redis, the
 * answer, the lease, a `GET` at VWO, another thread that parses, one step that stores and publishes. Nothing is checked,
 * kept for later, retried or told.
 *
 * Arguments: Redis URL, channel, URL of the settings-file. Sends the URL that takes webhooks.
 */
import { once } from 'node:events'
import { Agent, createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { Worker } from 'node:worker_threads'
import { Redis } from 'ioredis'

const [redisUrl = '', channel = '', settingsUrl = ''] = process.argv.slice(2)
const redis = new Redis(redisUrl)
// VWO's server closes what is idle for five seconds, which an update can take: a connection that is about to be closed is left.
const agent = new Agent({ keepAlive: true, timeout: 2000 })
const judge = new Worker(
  `const { parentPort } = require('node:worker_threads')
   parentPort.on('message', (body) => parentPort.postMessage(JSON.parse(Buffer.from(body).toString()).version))`,
  { eval: true },
)

const lease = `return redis.call('SET', KEYS[1], ARGV[1], 'PX', 30000)`
const publish = `redis.call('RENAME', KEYS[2], KEYS[1]) return redis.call('PUBLISH', ARGV[1], redis.call('GET', KEYS[1]))`

async function refresh(): Promise<void> {
  await redis.eval(lease, 1, `${channel}:lease`, 'token')
  const [response] = (await once(get(settingsUrl, { agent }), 'response')) as [IncomingMessage]
  const body = await buffer(response)
  const shared = new Uint8Array(new SharedArrayBuffer(body.length))
  shared.set(body)
  judge.postMessage(shared, [])
  await once(judge, 'message')
  void redis.set(`${channel}:staged`, body)
  await redis.eval(publish, 2, `${channel}:settings`, `${channel}:staged`, channel)
}

const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
  void buffer(request)
    .then(() => redis.incr(`${channel}:ticket`))
    .then(() => {
      response.end('{}')
      return refresh()
    })
})
await once(server.listen(0, '127.0.0.1'), 'listening')
process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
