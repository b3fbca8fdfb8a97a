/**
 * `npm run agreement -- FOLDER…`: whether hub and SDK are of one mind about every settings-file in these folders.
 *
 * @module
 */
import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { defaultProduct } from '../../packages/hub/dist/product/products.js'
import { agree } from './agree.ts'
import { settingsIn } from './settings-in.ts'

const usage = `npm run agreement -- FOLDER…
Looks for settings-files in JSON and in sources, and tries each: does the real SDK launch with it, would the hub publish it,
and do 100 users get what a fresh launch gives them. Nothing of what is found is run. Ends with 1 where the two disagree.`

/** What is larger was made by a machine of sources that are there too. */
const LARGEST_BYTES = 2_000_000
const LEFT_OUT: ReadonlySet<string> = new Set(['.git', 'node_modules', 'dist'])
/** Where a settings-file is put together by code, it is none that could be read. */
const MENTIONED = /["']?campaigns["']?\s*(?::|=>)\s*\[/
const READ = /\.(?:json|[cm]?[jt]sx?|php|java|kt|py|rb|go|cs|swift)$/

const { values, positionals: folders } = parseArgs({
  allowPositionals: true,
  options: { help: { type: 'boolean' } },
})
if (values.help === true || folders.length === 0) {
  process.stdout.write(`${usage}\n`)
  process.exit(values.help === true ? 0 : 2)
}

const judging = defaultProduct.open()
const seen = new Set<string>()
const counts = { files: 0, launched: 0, published: 0, warned: 0, decisions: 0, disagreeing: 0 }

for (const folder of folders) {
  const names = await readdir(folder, { recursive: true, withFileTypes: true })
  for (const entry of names.toSorted((a, b) => (a.parentPath + a.name < b.parentPath + b.name ? -1 : 1))) {
    const path = join(entry.parentPath, entry.name)
    const place = relative(folder, path)
    if (!entry.isFile() || !READ.test(entry.name) || place.split('/').some((part) => LEFT_OUT.has(part)))
      continue
    if ((await stat(path)).size > LARGEST_BYTES) continue
    const source = await readFile(path, 'utf8')
    const found = settingsIn(source)
    if (found.length === 0 && MENTIONED.test(source)) process.stdout.write(`UNREAD   ${place}\n`)
    for (const { text, line } of found) {
      if (seen.has(text)) continue
      seen.add(text)
      await tell(`${place}:${line}`, text)
    }
  }
}
await judging.close()

const { files, launched, published, warned, decisions, disagreeing } = counts
process.stdout.write(
  `\n${files} settings-files: the SDK launches with ${launched}, the hub publishes ${published} (${warned} with warnings); ` +
    `${decisions} decisions compared; they disagree about ${disagreeing}\n`,
)
process.exitCode = disagreeing > 0 ? 1 : 0

async function tell(place: string, text: string): Promise<void> {
  const { isLaunched, refusal, warnings, differences, ...found } = await agree(text, judging)
  const isPublished = refusal === undefined
  const isAgreed = isLaunched === isPublished && differences.length === 0
  counts.files += 1
  counts.launched += Number(isLaunched)
  counts.published += Number(isPublished)
  counts.warned += Number(warnings > 0)
  counts.decisions += found.decisions
  counts.disagreeing += Number(!isAgreed)
  const parts = [
    isLaunched ? 'launched' : 'not launched',
    isPublished ? `published${warnings > 0 ? ` (${warnings} warnings)` : ''}` : `refused: ${refusal}`,
    ...(differences.length > 0 ? [`${differences.length} decisions differ: ${differences[0]}`] : []),
  ]
  process.stdout.write(`${isAgreed ? 'agreed  ' : 'DISAGREE'} ${place}: ${parts.join(', ')}\n`)
}
