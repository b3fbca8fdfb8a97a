import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** What a build of the packages is made of: files, and folders with all that is in them. */
const inputs = [
  'tsconfig.base.json',
  'pnpm-lock.yaml',
  ...['protocol', 'client', 'sandbox', 'hub'].flatMap((name) =>
    ['package.json', 'tsconfig.json', 'src'].map((file) => `packages/${name}/${file}`),
  ),
]

/** What the compiler writes last, for each package. */
const outputs = ['protocol', 'client', 'sandbox', 'hub'].map(
  (name) => `packages/${name}/dist/tsconfig.tsbuildinfo`,
)

/**
 * Builds the packages, unless what was built last is still there and was made of the same files. The compiler knows that
 * too, and takes longer to say so than a command should take as a whole.
 *
 * @param {string} root of the workspace
 * @param {() => Promise<void>} build
 */
export async function buildOnce(root, build) {
  const note = join(root, 'node_modules/.cache/built')
  const made = stateOf(root, inputs)
  if (made + stateOf(root, outputs) === textOf(note)) return
  await build()
  mkdirSync(dirname(note), { recursive: true })
  // What was changed while it was built is seen next time.
  writeFileSync(note, made + stateOf(root, outputs))
}

/**
 * @param {string} root
 * @param {readonly string[]} paths
 * @returns {string} a line for each file: size and time of its last change
 */
function stateOf(root, paths) {
  return paths
    .flatMap((path) => {
      const stats = statSync(join(root, path), { throwIfNoEntry: false })
      return stats?.isDirectory() ? filesIn(root, path) : [path]
    })
    .map((path) => {
      const stats = statSync(join(root, path), { throwIfNoEntry: false })
      return `${path} ${stats?.size} ${stats?.mtimeMs}\n`
    })
    .join('')
}

/**
 * @param {string} root
 * @param {string} folder
 */
function filesIn(root, folder) {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .sort()
    .map((file) => `${folder}/${file}`)
}

/** @param {string} path */
function textOf(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
