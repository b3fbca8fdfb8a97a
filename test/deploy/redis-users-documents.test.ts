import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { aclLines } from '../support/acl-users.ts'

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
