import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const names = ['protocol', 'client', 'sandbox', 'hub']

/** @param {string[]} files */
const inEachPackage = (...files) => names.flatMap((name) => files.map((file) => `packages/${name}/${file}`))

/** What is made, of what: files, and folders with all that is in them. */
const built = {
  inputs: [
    ...['tsconfig.base.json', 'pnpm-lock.yaml', 'scripts/client-bundle.mjs'],
    ...inEachPackage('package.json', 'tsconfig.json', 'src'),
  ],
  // What the compiler writes last, and what is made of that.
  outputs: [...inEachPackage('dist/tsconfig.tsbuildinfo'), 'packages/client/dist/client.cjs'],
}
/** Where the packages are, packed. */
export const packedFiles = names.map((name) => `packed/${name}.tgz`)
const packed = {
  inputs: [...built.inputs, ...inEachPackage('README.md', 'LICENSE', 'assets', 'lua'), 'scripts/pack.mjs'],
  outputs: [...built.outputs, 'packages/client/dist', ...packedFiles],
}

/**
 * Builds the packages, unless what was built last is still there and was made of the same files. The compiler knows that
 * too, and takes longer to say so than a command should take as a whole.
 *
 * @param {string} root of the workspace
 * @param {() => Promise<void>} build
 */
export async function buildOnce(root, build) {
  await makeOnce(root, 'built', built, build)
}

/**
 * The same, of the packages as they are published.
 *
 * @param {string} root
 * @param {() => Promise<void>} pack
 */
export async function packOnce(root, pack) {
  await makeOnce(root, 'packed', packed, pack)
}

/**
 * @param {string} root
 * @param {string} name of the note about what was made last
 * @param {typeof built} made
 * @param {() => Promise<void>} make
 */
async function makeOnce(root, name, { inputs, outputs }, make) {
  const note = join(root, 'node_modules/.cache', name)
  const madeOf = stateOf(root, inputs)
  if (madeOf + stateOf(root, outputs) === textOf(note)) return
  await make()
  mkdirSync(dirname(note), { recursive: true })
  // What was changed while it was made is seen next time.
  writeFileSync(note, madeOf + stateOf(root, outputs))
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
