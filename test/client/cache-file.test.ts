import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCacheFile } from '../../packages/client/dist/sources/cache-file.js'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vwo-hub-cache-'))
})
afterEach(async () => {
  await rm(directory, { recursive: true })
})

const settingsOf = (text: string, revision: number) => ({
  text,
  revision,
  sha256: createHash('sha256').update(text).digest('hex'),
})

describe('given a cache file', () => {
  it('reads what was written, and nothing where there is none', async () => {
    const file = createCacheFile(join(directory, 'vwo.json'), 'prod')
    expect(await file.read()).toBeUndefined()
    const settings = settingsOf('{"version":1}\n', 5)
    await file.write(settings)
    expect(await file.read()).toEqual(settings)
    expect(await readdir(directory)).toEqual(['vwo.json'])
  })

  it('[invariant 2] is not replaced by an older revision', async () => {
    const file = createCacheFile(join(directory, 'vwo.json'), 'prod')
    await file.write(settingsOf('new', 7))
    await file.write(settingsOf('old', 6))
    expect(await file.read()).toMatchObject({ text: 'new', revision: 7 })
  })

  it('[invariant 10] always holds one whole revision while many processes write', async () => {
    const path = join(directory, 'vwo.json')
    const writers = Array.from({ length: 8 }, () => createCacheFile(path, 'prod'))
    let isWriting = true
    const reading = (async () => {
      let reads = 0
      while (isWriting) {
        const cached = await createCacheFile(path, 'prod').read()
        if (cached !== undefined) expect(cached.text).toBe(`${cached.revision}`.repeat(20_000))
        reads += 1
      }
      return reads
    })()
    for (let revision = 1; revision <= 30; revision += 1) {
      const settings = settingsOf(`${revision}`.repeat(20_000), revision)
      await Promise.all(writers.map((writer) => writer.write(settings)))
    }
    isWriting = false
    expect(await reading).toBeGreaterThan(0)
    expect(await createCacheFile(path, 'prod').read()).toMatchObject({ revision: 30 })
  })

  it.each([
    ['cut off', (content: string) => content.slice(0, -3), 'checksum'],
    ['empty', () => '', 'a line about the settings-file'],
    ['no JSON', () => 'not json\n{}', 'JSON'],
    ['changed by hand', (content: string) => content.replace('hello', 'HELLO'), 'checksum'],
    ['of another environment', (content: string) => content.replace('"prod"', '"test"'), '"test"'],
    ['of another protocol', (content: string) => content.replace('"protocol":1', '"protocol":2'), 'protocol'],
  ])('is refused when it is %s, and replaced by the next write', async (_what, damage, expected) => {
    const path = join(directory, 'vwo.json')
    const file = createCacheFile(path, 'prod')
    await file.write(settingsOf('hello', 9))
    await writeFile(path, damage(await readFile(path, 'utf8')))
    await expect(file.read()).rejects.toMatchObject({
      code: 'cache-file',
      message: expect.stringContaining(expected),
    })
    await file.write(settingsOf('again', 8))
    expect(await file.read()).toMatchObject({ text: 'again' })
  })

  it('says why it cannot be written, and leaves nothing behind', async () => {
    const path = join(directory, 'missing', 'vwo.json')
    const file = createCacheFile(path, 'prod')
    await expect(file.write(settingsOf('hello', 1))).rejects.toMatchObject({
      code: 'cache-file',
      message: expect.stringContaining(path),
    })
    expect(await readdir(directory)).toEqual([])
  })
})
