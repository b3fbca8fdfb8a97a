#!/usr/bin/env node
import { runCommandLine } from './commands/program.ts'

// The one place, apart from dev/, that knows this process' environment variables; commands get them as an argument.
process.exitCode = await runCommandLine(process.argv.slice(2), {
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
})
