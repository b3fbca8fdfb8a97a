import { readdir, readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'

const root = new URL('../', import.meta.url)

/** Every file of the repository that is written by hand, with its path. */
async function filesOf(folders: readonly string[]): Promise<string[]> {
  const lists = await Promise.all(
    folders.map(async (folder) => {
      const entries = await readdir(new URL(folder, root), { recursive: true, withFileTypes: true })
      return entries.map(({ parentPath, name }) => `${parentPath}/${name}`.replace(root.pathname, ''))
    }),
  )
  return lists.flat().filter((path) => !path.includes('/node_modules/') && !path.includes('/dist/'))
}

it.each(['ARCHITECTURE.md', 'CONTRIBUTING.md'])('%s names files that exist', async (page) => {
  const text = await readFile(new URL(page, root), 'utf8')
  const names = [...text.matchAll(/`([\w./-]+\/[\w./-]*|[\w-]+\.(?:ts|lua|mjs))`/g)].map(
    (match) => match[1] ?? '',
  )
  const files = await filesOf(['packages', 'test', 'scripts', 'docs', 'deploy'])
  expect(names.length).toBeGreaterThan(10)
  const missing = names.filter((name) => {
    const path = `/${name.replace(/^\.\.\//, '').replace(/\/$/, '')}`
    return !files.some((file) => `/${file}`.endsWith(path) || `/${file}/`.includes(`${path}/`))
  })
  expect(missing).toEqual([])
})
