#!/usr/bin/env node
import { endAfterNpx } from './commands/after-npx.ts'
import { endWhenAsked } from './commands/first-process.ts'

endWhenAsked(process)
endAfterNpx(process.env, process)
// Loaded after that, as it takes a while.
const { runCommandLine } = await import('./commands/program.ts')

// The one place, apart from dev/, that knows this process' environment variables; commands get them as an argument.
process.exitCode = await runCommandLine(process.argv.slice(2), {
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
})
