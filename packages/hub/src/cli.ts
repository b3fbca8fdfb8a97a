#!/usr/bin/env node
import { endWhenAsked } from './commands/first-process.ts'
import { endWithRunner } from './commands/with-runner.ts'

endWhenAsked(process)
endWithRunner(process.env, process)
// Loaded after that, as it takes a while.
const { runCommandLine } = await import('./commands/program.ts')

// The one place, apart from dev/, that knows this process' environment variables; commands get them as an argument.
process.exitCode = await runCommandLine(process.argv.slice(2), {
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
})
