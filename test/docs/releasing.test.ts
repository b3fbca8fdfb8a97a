import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { parse } from 'yaml'

const root = join(import.meta.dirname, '../..')
const names = ['protocol', 'client', 'sandbox', 'hub']

interface Manifest {
  readonly version: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

const manifests = await Promise.all(
  names.map(
    async (name) =>
      JSON.parse(await readFile(join(root, 'packages', name, 'package.json'), 'utf8')) as Manifest,
  ),
)
const version = manifests[0]?.version ?? ''

it('all packages have one version, name each other by it, and the changelog has it', async () => {
  expect(manifests.map((manifest) => manifest.version)).toEqual(names.map(() => version))
  const ranges = manifests.flatMap(({ dependencies, peerDependencies, devDependencies }) =>
    Object.entries({ ...dependencies, ...peerDependencies, ...devDependencies }).filter(([name]) =>
      name.startsWith('@vwo-hub/'),
    ),
  )
  expect(ranges.length).toBeGreaterThan(3)
  expect(ranges.filter(([, range]) => range !== `^${version}`)).toEqual([])
  expect(await readFile(join(root, 'CHANGELOG.md'), 'utf8')).toMatch(
    new RegExp(`^## ${version.replaceAll('.', '\\.')}`, 'm'),
  )
})

it('the workflows test each supported Node and server by the command of the README, and publish all packages', async () => {
  const read = async (name: string) => {
    const text = await readFile(join(root, '.github/workflows', `${name}.yml`), 'utf8')
    return { text, workflow: parse(text) as { jobs: Record<string, Job> } }
  }
  const [test, release] = await Promise.all([read('test'), read('release')])
  const { strategy, steps } = test.workflow.jobs['test'] ?? { steps: [] }
  expect(strategy?.matrix.node).toEqual(['20.19', '22', '24'])
  expect(strategy?.matrix.server.map(({ name }) => name)).toEqual(['redis-6.2', 'redis-7', 'valkey-8'])
  expect(steps.at(-1)?.run).toBe('npm test')
  expect(release.text).toContain(`for name in ${names.join(' ')}; do`)
})

interface Job {
  readonly strategy?: {
    readonly matrix: {
      readonly node: readonly string[]
      readonly server: readonly { readonly name: string }[]
    }
  }
  readonly steps: readonly { readonly run?: string }[]
}
