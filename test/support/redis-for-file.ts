import { type RedisServer, startRedisServer } from '@vwo-hub/sandbox'
import { afterAll, afterEach } from 'vitest'

/**
 * A Redis server for all tests of the file that calls this, at its top.
 *
 * @returns The server; and a list for what a test leaves behind: it is undone after that test, the latest first.
 */
export async function redisForFile(): Promise<{
  readonly server: RedisServer
  readonly cleanUps: (() => unknown)[]
}> {
  const server = await startRedisServer()
  const cleanUps: (() => unknown)[] = []
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp()
  })
  afterAll(server.close)
  return { server, cleanUps }
}
