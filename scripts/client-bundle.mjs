import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'

/** The specifier of an import in declarations. */
const specifiers = /(\b(?:from|import\() ?')([^']+)(')/g

/**
 * Makes of the client's modules what apps load: few files of CommonJS with the protocol in them, a wrapper of each entry for
 * `import`, and declarations that are CommonJS to TypeScript. So there is one copy of everything, whichever way it is loaded,
 * also where `require` takes no ES modules, as in Jest; and it loads in half the time that all the modules take.
 *
 * @param {string} root of the workspace, which is built
 * @see https://nodejs.org/docs/latest-v20.x/api/packages.html#approach-1-use-an-es-module-wrapper
 */
export async function bundleClient(root) {
  const dist = join(root, 'packages/client/dist')
  const protocol = join(dist, 'protocol')
  await rm(protocol, { recursive: true, force: true })
  const earlier = (await readdir(dist, { recursive: true })).filter((file) => /\.(?:c[jt]s|mjs)$/.test(file))
  await Promise.all(earlier.map((file) => rm(join(dist, file))))
  await Promise.all([
    bundle(dist),
    copyDeclarations(dist, dist, dist).then(() =>
      copyDeclarations(join(root, 'packages/protocol/dist'), protocol, dist),
    ),
  ])
}

/** @param {string} dist */
async function bundle(dist) {
  // Not there before the packages are installed.
  const { build } = await import('rolldown')
  const { exports } = JSON.parse(await readFile(join(dist, '../package.json'), 'utf8'))
  const entries = Object.values(exports).flatMap((target) => target.require?.default ?? [])
  const { output } = await build({
    // Places in comments begin here, wherever it is called from.
    cwd: join(dist, '../../..'),
    input: entries.map((/** @type {string} */ entry) => join(dist, '..', entry.replace(/\.cjs$/, '.js'))),
    platform: 'node',
    // The rest are packages that apps have.
    external: (id) => /^[\w@]/.test(id) && !id.startsWith('@vwo-hub/protocol'),
    output: {
      dir: dist,
      format: 'cjs',
      entryFileNames: '[name].cjs',
      chunkFileNames: 'shared-[name].cjs',
      strict: true,
    },
    logLevel: 'warn',
  })
  await Promise.all(
    output.flatMap((chunk) => (chunk.type === 'chunk' && chunk.isEntry ? wrap(dist, chunk) : [])),
  )
}

/**
 * @param {string} dist
 * @param {{ fileName: string, exports: string[] }} chunk
 */
async function wrap(dist, { fileName, exports: names }) {
  // By name: what "default" means of CommonJS is another thing to each bundler.
  const text = `export { ${names.toSorted().join(', ')} } from './${fileName}'\n`
  await writeFile(join(dist, fileName.replace(/\.cjs$/, '.mjs')), text)
}

/**
 * Declarations of the client that lead to copies of the protocol's, to TypeScript as ES modules and as CommonJS.
 *
 * @param {string} from folder of declarations
 * @param {string} to
 * @param {string} dist the client's
 */
async function copyDeclarations(from, to, dist) {
  const files = (await readdir(from, { recursive: true })).filter((file) => file.endsWith('.d.ts'))
  await Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(from, file), 'utf8')
      const target = join(to, file)
      await mkdir(dirname(target), { recursive: true })
      await Promise.all([
        writeFile(target, withSpecifiers('.js')),
        writeFile(target.replace(/\.ts$/, '.cts'), withSpecifiers('.cjs')),
      ])

      /** @param {string} extension */
      function withSpecifiers(extension) {
        return text.replaceAll(
          specifiers,
          (_all, before, name, after) => before + placeOf(name, extension) + after,
        )
      }

      /**
       * @param {string} name
       * @param {string} extension
       */
      function placeOf(name, extension) {
        const ofProtocol = /^@vwo-hub\/protocol(?:\/(\w+))?$/.exec(name)
        if (ofProtocol === null) return name.startsWith('.') ? name.replace(/\.[jt]s$/, extension) : name
        const path = relative(
          dirname(target),
          join(dist, 'protocol', (ofProtocol[1] ?? 'protocol') + extension),
        )
        return path.startsWith('.') ? path : `./${path}`
      }
    }),
  )
}
