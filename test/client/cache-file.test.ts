import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chown, mkdtemp, readFile, readdir, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCacheFile, type CachePlace } from '../../packages/client/dist/sources/cache-file.js'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vwo-hub-cache-'))
})
afterEach(async () => {
  await rm(directory, { recursive: true })
})

/** A file of a client of `prod`, unless it is of another place. */
const cacheFileOf = (path: string, place: Partial<CachePlace> = {}) =>
  createCacheFile(
    path,
    { environment: 'prod', prefix: 'vwo', database: 0, product: 'fullstack', ...place },
    (revision) => revision > 1_000_000,
  )

const settingsOf = (text: string, revision: number) => ({
  text,
  revision,
  sha256: createHash('sha256').update(text).digest('hex'),
})

describe('given a cache file', () => {
  it('reads what was written, and nothing where there is none', async () => {
    const file = cacheFileOf(join(directory, 'vwo.json'))
    expect(await file.read()).toBeUndefined()
    const settings = settingsOf('{"version":1}\n', 5)
    await file.write(settings)
    expect(await file.read()).toEqual(settings)
    expect(await readdir(directory)).toEqual(['vwo.json'])
  })

  it('[invariant 2] is not replaced by an older revision', async () => {
    const file = cacheFileOf(join(directory, 'vwo.json'))
    await file.write(settingsOf('new', 7))
    await file.write(settingsOf('old', 6))
    expect(await file.read()).toMatchObject({ text: 'new', revision: 7 })
  })

  it('is replaced by an older revision only where that is of another account', async () => {
    const file = cacheFileOf(join(directory, 'vwo.json'))
    const of = (identity: string | undefined, text: string, revision: number) => ({
      ...settingsOf(text, revision),
      ...(identity !== undefined && { identity }),
    })
    await file.write(of('staging', 'of staging', 9))
    // Whose these are is not known: they may be of the same.
    await file.write(of(undefined, 'of an earlier hub', 8))
    expect(await file.read()).toMatchObject({ text: 'of staging' })
    await file.write(of('prod', 'of prod', 7))
    expect(await file.read()).toMatchObject({ text: 'of prod', revision: 7, identity: 'prod' })
    await file.write(of('prod', 'older', 6))
    expect(await file.read()).toMatchObject({ text: 'of prod' })
  })

  it('[invariant 10] always holds one whole revision while many processes write', async () => {
    const path = join(directory, 'vwo.json')
    const writers = Array.from({ length: 8 }, () => cacheFileOf(path))
    let isWriting = true
    const reading = (async () => {
      let reads = 0
      while (isWriting) {
        const cached = await cacheFileOf(path).read()
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
    expect(await cacheFileOf(path).read()).toMatchObject({ revision: 30 })
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
    const file = cacheFileOf(path)
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
    const file = cacheFileOf(path)
    await expect(file.write(settingsOf('hello', 1))).rejects.toMatchObject({
      code: 'cache-file',
      message: expect.stringContaining(path),
    })
    expect(await readdir(directory)).toEqual([])
  })

  it.each([
    ['environment', 'test'],
    ['prefix', 'other'],
    ['database', 1],
    ['product', 'fme'],
  ])('is not taken by a client of another %s, and replaced by it', async (name, other) => {
    const path = join(directory, 'vwo.json')
    await cacheFileOf(path).write(settingsOf('ours', 9))
    const theirs = cacheFileOf(path, { [name]: other })
    await expect(theirs.read()).rejects.toMatchObject({
      code: 'cache-file',
      message: expect.stringContaining(`expected ${name} ${JSON.stringify(other)}`),
    })
    await theirs.write(settingsOf('theirs', 5))
    expect(await theirs.read()).toMatchObject({ text: 'theirs' })
  })

  it('of an earlier client is taken where those looked, and nowhere else', async () => {
    const path = join(directory, 'vwo.json')
    const { text, ...known } = settingsOf('{}', 9)
    await writeFile(path, `${JSON.stringify({ protocol: 1, environment: 'prod', ...known })}\n${text}`)
    expect(await cacheFileOf(path).read()).toMatchObject({ text, revision: 9 })
    await expect(cacheFileOf(path, { database: 1 }).read()).rejects.toThrow('expected database 1, got 0')
  })

  it('with a revision that cannot be is not taken, and replaced by one that can', async () => {
    const file = cacheFileOf(join(directory, 'vwo.json'))
    await file.write(settingsOf('forged', Number.MAX_SAFE_INTEGER))
    await expect(file.read()).rejects.toThrow('more than a day ahead')
    await file.write(settingsOf('real', 5))
    expect(await file.read()).toMatchObject({ text: 'real' })
  })
})

describe('given something that somebody else has put in place of the cache file', () => {
  const planted: readonly (readonly [what: string, plant: (path: string) => unknown, expected: string])[] = [
    ['a pipe', (path) => execFileSync('mkfifo', [path]), 'something else'],
    ['a link to a file', (path) => symlink(join(directory, 'elsewhere'), path), 'symbolic link'],
    ['a link to a device', (path) => symlink('/dev/zero', path), 'symbolic link'],
    ['a file of 1 GB', (path) => writeFile(path, '').then(() => truncate(path, 2 ** 30)), 'expected at most'],
    // Only root can give files away.
    ...(process.getuid?.() === 0
      ? [
          [
            'a file of another user',
            (path: string) => writeFile(path, '').then(() => chown(path, 12_345, 12_345)),
            'of user 12345',
          ] as const,
        ]
      : []),
  ]

  it.each(planted)(
    '%s is refused at once, and the next write takes its place',
    async (_what, plant, expected) => {
      const path = join(directory, 'vwo.json')
      await writeFile(join(directory, 'elsewhere'), 'precious')
      await plant(path)
      const file = cacheFileOf(path)
      await expect(file.read()).rejects.toMatchObject({
        code: 'cache-file',
        message: expect.stringContaining(expected),
      })
      await file.write(settingsOf('ours', 5))
      expect(await file.read()).toMatchObject({ text: 'ours' })
      expect(await readFile(join(directory, 'elsewhere'), 'utf8')).toBe('precious')
    },
  )

  it('a device is refused', async () => {
    await expect(cacheFileOf('/dev/zero').read()).rejects.toThrow('something else')
  })
})
