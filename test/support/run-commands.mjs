/**
 * Runs commands of `vwo-hub` one after the other in this process, and tells how each ended and what it has left that would
 * keep its process from ending. Ends by itself, unless something does keep it.
 *
 *     node run-commands.mjs <dist of the hub> <list of arguments of each, as JSON>
 */
import { PassThrough } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'

const [dist, list] = process.argv.slice(2)
const { runCommandLine } = await import(pathToFileURL(`${dist}/commands/program.js`).href)

/** @param {readonly string[]} args */
async function run(args) {
  let said = ''
  const output = { write: (text) => ((said += text), true), on() {} }
  const stdin = new PassThrough()
  stdin.end()
  const code = await runCommandLine(args, { env: process.env, stdin, stdout: output, stderr: output })
  return { code, said, left: await leftOpen() }
}

/** What has not been closed long after the command has returned: to close takes a moment. */
async function leftOpen() {
  for (let looks = 0; looks < 200; looks += 1) {
    const open = process.getActiveResourcesInfo().filter((name) => !own.has(name))
    if (open.length === 0) return []
    await delay(50)
  }
  return process.getActiveResourcesInfo()
}

// The timer of a look, and standard output.
const own = new Set(['Timeout', 'PipeWrap', 'TTYWrap'])
const results = []
for (const args of JSON.parse(list)) results.push(await run(args))
process.stdout.write(JSON.stringify(results))
