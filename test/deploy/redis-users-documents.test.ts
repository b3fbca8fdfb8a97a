import { readFile } from 'node:fs/promises'
import { expect, it, onTestFinished } from 'vitest'
import { startRedisServer } from '@vwo-hub/sandbox'
import { aclLines, readerUser } from '../support/acl-users.ts'
import { connect } from '../support/topologies-with-users.ts'

it('what the documents do to the file for Redis 6.2 leaves nothing in it that 6.2 does not know', async () => {
  const page = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8')
  const script = /^sed -E '(.+)' deploy\/redis-users\.acl$/m.exec(page)?.[1] ?? ''
  let lines = (await aclLines()).join('\n')
  for (const [, find = '', replace = ''] of script.matchAll(/s\/([^/]+)\/([^/]*)\/g/g))
    lines = lines.replaceAll(new RegExp(find, 'g'), replace)
  expect(lines).not.toMatch(/%|[()]|\+s(subscribe|unsubscribe|publish)/)
  expect(lines).toContain('~vwo:{*}:meta')
})

it('documents name the permissions that the file grants', async () => {
  const readme = await readFile(new URL('../../packages/client/README.md', import.meta.url), 'utf8')
  const [, section = ''] = /## Redis permissions\n(.*?)\n## |$/s.exec(`${readme}\n## `) ?? []
  const rulesIn = (part: string) => new Set(part.match(/(?<![\w|])[+~&%][\w|~:{}*@-]+/g) ?? [])
  const client = (await aclLines()).find((line) => line.startsWith('user vwo-client ')) ?? ''
  expect(rulesIn(section)).toEqual(rulesIn(client.replace(/>\S+/, '')))
})

it('the page about redis-cli says which commands the read-only user may do', async () => {
  const page = await readFile(new URL('../../docs/redis-cli.md', import.meta.url), 'utf8')
  const [, sentence = ''] = /`vwo-reader` may do\s+those with ([^.]+) alone\./.exec(page) ?? []
  const told = new Set([...sentence.matchAll(/`([A-Z]+)`/g)].map(([, command = '']) => command))
  const server = await startRedisServer({ users: await aclLines() })
  onTestFinished(server.close)
  const lines = [...page.matchAll(/redis-cli (?:-h NODE |-[-\w]+ )*([A-Z]{3,} [^|;\n]+)/g)].map(
    ([, line = '']) => line,
  )
  expect(lines.length).toBeGreaterThan(20)
  for (const line of lines) {
    const [command = '', ...args] = line.trim().replaceAll(/['"]/g, '').split(' ')
    // Who has subscribed may do nothing else on that connection.
    const redis = connect(server, readerUser)
    const answer = await redis.call(command, ...args).then(
      () => true,
      (error: unknown) => !String(error).includes('NOPERM'),
    )
    expect([line, answer]).toEqual([line, told.has(command)])
  }
})
