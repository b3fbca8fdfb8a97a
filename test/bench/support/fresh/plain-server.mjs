/**
 * The floor of the webhook route: a server of Node itself that reads a JSON body, parses it and answers. Argument: a
 * Redis URL, or nothing; with one each request also increments a counter. Sends its URL.
 */
import { createServer } from 'node:http'
import { Redis } from 'ioredis'

const [redisUrl = ''] = process.argv.slice(2)
const redis = redisUrl === '' ? undefined : new Redis(redisUrl)

const server = createServer((request, response) => {
  /** @type {Buffer[]} */
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk))
  const answer = () => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"accepted"}')
  }
  request.on('end', () => {
    JSON.parse(Buffer.concat(chunks).toString())
    if (redis === undefined) answer()
    else void redis.incr('floor', answer)
  })
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.send?.(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)
})
