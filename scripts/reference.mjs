/**
 * Writes the API reference, `docs/api`, from the sources; or looks whether it is what they say.
 *
 *     node scripts/reference.mjs [--check]
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { capture } from './run.mjs'

const own = fileURLToPath(new URL('reference', import.meta.url))
const written = fileURLToPath(new URL('../docs/api', import.meta.url))

/** @param {string} out */
async function write(out) {
  // With a TypeScript of its own: it does not work with the one that compiles.
  const typedoc = join(own, 'node_modules/typedoc/bin/typedoc')
  const { code, output } = await capture(process.execPath, [typedoc, '--out', out], { cwd: own })
  if (code !== 0) throw new Error(`typedoc ended with ${code}\n${output}`)
}

/** @param {string} folder @returns {Record<string, string>} */
const filesIn = (folder) =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]))

if (process.argv.includes('--check')) {
  const folder = mkdtempSync(join(tmpdir(), 'vwo-hub-reference-'))
  try {
    await write(folder)
    const [before, now] = [filesIn(written), filesIn(folder)]
    const changed = [...new Set([...Object.keys(before), ...Object.keys(now)])].filter(
      (name) => before[name] !== now[name],
    )
    for (const name of changed) console.error(`docs/api/${name} is not what the sources say`)
    if (changed.length > 0) {
      console.error('Write it anew: pnpm run reference')
      process.exitCode = 1
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
} else {
  await write(written)
}
