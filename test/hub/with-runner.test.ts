import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { cliPath } from '../support/cli.ts'

let folder: string

/** Stands for a command: says at each look whether its parent has changed, and why it ends. */
const command = `
import { endWithRunner } from ${JSON.stringify(join(cliPath, '../commands/with-runner.js'))}
const first = process.ppid
const isWatched = endWithRunner(process.env, process, 10)
process.on('SIGTERM', () => { console.log('ended as asked'); process.exit() })
process.stdout.on('error', () => process.exit())
console.log('up', process.pid, process.ppid, isWatched)
let looks = 0
setInterval(() => { if (process.ppid !== first && (looks += 1) === 10) { console.log('goes on'); process.exit() } }, 10)
`

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vwo-hub-test-'))
  await writeFile(join(folder, 'command.mjs'), command)
  // Runs its argument as npm does: with a shell, and without a word to anybody when it is killed.
  await writeFile(
    join(folder, 'runner.cjs'),
    `process.title = 'npm run hub'
     const { spawn } = require('node:child_process')
     const [script] = process.argv.slice(2)
     const env = { ...process.env, npm_lifecycle_event: 'hub', npm_lifecycle_script: script }
     const child = spawn('sh', ['-c', script], { env, stdio: ['ignore', 'inherit', 'inherit'] })
     child.once('exit', () => process.exit())`,
  )
  await writeFile(
    join(folder, 'launcher.cjs'),
    `const { spawn } = require('node:child_process')
     spawn(process.execPath, ['command.mjs'], { stdio: 'inherit' })
     setInterval(() => {}, 1000)`,
  )
})
afterAll(async () => {
  await rm(folder, { recursive: true })
})

/** Starts the runner with a script, and waits until the command in it is up. */
async function start(program: string, args: readonly string[]) {
  const runner = spawn(program, args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  const output = runner.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
  // The pipe is that of the command, too: it ends with it.
  const ended = once(output, 'close')
  while (!printed.includes('\n')) await once(output, 'data')
  const [, pid, parent, isWatched] = /^up (\d+) (\d+) (\w+)$/m.exec(printed) ?? []
  onTestFinished(() => {
    if (output.closed) return
    process.kill(Number(pid), 'SIGKILL')
  })
  return {
    runner,
    parent: Number(parent),
    isWatched: isWatched === 'true',
    async outcome() {
      await ended
      return printed.trim().split('\n').at(-1)
    },
  }
}
const run = (script: string) => start(process.execPath, ['runner.cjs', script])
const node = `'${process.execPath}'`

describe.runIf(process.platform === 'linux')('a command that a script of npm runs', () => {
  it.each([
    ['in a shell', `${node} command.mjs; true`],
    ['in the place of the shell', `exec ${node} command.mjs`],
    ['with its output in a file', `${node} command.mjs 2>&1 && true`],
  ])('ends with the npm that is killed: %s', async (_, script) => {
    const { runner, outcome } = await run(script)
    runner.kill('SIGKILL')
    expect(await outcome()).toBe('ended as asked')
  })

  it('ends with the shell that npm has ended', async () => {
    const { parent, outcome } = await run(`${node} command.mjs; true`)
    process.kill(parent, 'SIGTERM')
    expect(await outcome()).toBe('ended as asked')
  })

  it.each([
    ['sent to the background', `${node} command.mjs & wait`],
    ['with nohup', `nohup ${node} command.mjs; true`],
    ['in a session of its own', `setsid ${node} command.mjs; true`],
    ['started by another program', `exec ${node} launcher.cjs`],
  ])('outlives it where it is meant to: %s', async (_, script) => {
    const { runner, parent, isWatched, outcome } = await run(script)
    expect(isWatched).toBe(false)
    runner.kill('SIGKILL')
    process.kill(parent, 'SIGKILL')
    expect(await outcome()).toBe('goes on')
  })
})

describe('vwo-hub under npx', () => {
  it('ends with the npx that is killed', async () => {
    await mkdir(join(folder, 'node_modules/.bin'), { recursive: true })
    await writeFile(join(folder, 'package.json'), '{"private":true}')
    // What an installed package has there can be run; what was just built cannot.
    await writeFile(
      join(folder, 'node_modules/.bin/vwo-hub'),
      `#!/bin/sh\nexec ${node} '${cliPath}' "$@"\n`,
      { mode: 0o755 },
    )
    const npx = spawn('npx', ['--offline', 'vwo-hub', 'serve'], {
      cwd: folder,
      env: {
        ...process.env,
        REDIS_URL: 'redis://127.0.0.1:1',
        VWO_ACCOUNT_ID: '1',
        VWO_SDK_KEY: 'the-sdk-key',
        VWO_ALLOW_UNAUTHENTICATED_WEBHOOKS: 'true',
        HUB_PORT: '0',
        HUB_ADMIN_PORT: '0',
        HUB_DRAIN_MS: '0',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let printed = ''
    const output = npx.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
    const ended = once(output, 'close')
    while (!printed.includes('"listening"')) await once(output, 'data')
    npx.kill('SIGKILL')
    await ended
    expect(printed).toMatch(/"signal":"SIGTERM","msg":"asked to close".*"msg":"closed"}\n$/s)
  })
})
