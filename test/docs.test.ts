import { access, readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'

it('ARCHITECTURE.md names files that exist', async () => {
  const root = new URL('../', import.meta.url)
  const text = await readFile(new URL('ARCHITECTURE.md', root), 'utf8')
  const names = [...text.matchAll(/`((?:packages|test|scripts|docs)\/[\w./-]+)`/g)].map(
    (match) => match[1] ?? '',
  )
  expect(names.length).toBeGreaterThan(5)
  await Promise.all(names.map((name) => access(new URL(name, root))))
})
