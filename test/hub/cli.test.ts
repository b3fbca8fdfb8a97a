import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { commandNames, runCommand } from '../support/cli.ts'

const require = createRequire(import.meta.url)
const manifest: unknown = require('@vwo-hub/hub/package.json')

const lookingCommands = ['status', 'nodes', 'watch', 'history', 'show', 'diff', 'refresh']

describe('vwo-hub', () => {
  it('tells its version', async () => {
    const { code, stdout } = await runCommand(['--version'])
    expect(code).toBe(0)
    expect(manifest).toMatchObject({ version: stdout.trim() })
  })

  it('has an example in the help of every command', async () => {
    const names = await commandNames()
    expect(names).toEqual(expect.arrayContaining(['serve', ...lookingCommands, 'rollback', 'doctor']))
    const without: string[] = []
    for (const name of names) {
      const { code, stdout } = await runCommand([name, '--help'])
      if (code !== 0 || !/\nExamples?:\n {2}\$ [\s\S]*vwo-hub/.test(stdout)) without.push(name)
    }
    expect(without).toEqual([])
  })

  it('has helps that break between words at 80 columns, and lose none', async () => {
    const tooWide: string[] = []
    const lost: string[] = []
    const wordsOf = (text: string) => text.split(/\s+/).join(' ')
    for (const args of [[], ...(await commandNames()).map((name) => [name])]) {
      const whole = await runCommand([...args, '--help'])
      const { stdout } = await runCommand([...args, '--help'], { columns: 80 })
      tooWide.push(...stdout.split('\n').filter((line) => line.length > 80 && line.trim().includes(' ')))
      if (wordsOf(stdout) !== wordsOf(whole.stdout)) lost.push(args.join(' '))
    }
    expect({ tooWide, lost }).toEqual({ tooWide: [], lost: [] })
  })

  it('loads nothing for its help but what parses a command line', () => {
    const dist = dirname(require.resolve('@vwo-hub/hub'))
    // What `cli.js` loads once it listens for signals, and what that loads: every command.
    const program = join(dist, 'commands/program.js')
    const commands = [...readFileSync(program, 'utf8').matchAll(/import\('([^']+)'\)/g)].map(
      ([, name = '']) => join(dirname(program), name),
    )
    const pending = [join(dist, 'cli.js'), program, ...commands]
    const packages = new Set<string>()
    for (const file of pending) {
      const imports = readFileSync(file, 'utf8').matchAll(/^(?:import|export) (?:[^;'(]*? from )?'([^']+)'/gm)
      for (const [, name = ''] of imports) {
        const path = join(dirname(file), name)
        if (!name.startsWith('.')) packages.add(name)
        else if (!pending.includes(path)) pending.push(path)
      }
    }
    expect(pending.length).toBeGreaterThan(20)
    expect([...packages].filter((name) => !name.startsWith('node:'))).toEqual(['commander'])
  })

  it('answers an unknown command with the one that was meant', async () => {
    expect(await runCommand(['statsu'])).toEqual({
      code: 2,
      stdout: '',
      stderr: "error: unknown command 'statsu'\n(Did you mean status?)\n",
    })
  })

  it.each([
    [['status', '--nope'], "error: unknown option '--nope'\n"],
    [['check'], "error: missing required argument 'file'\n"],
    [
      ['refresh', '--timeout', 'soon'],
      "error: option '--timeout <seconds>' argument 'soon' is invalid. expected seconds, from 0 to 3600.\n",
    ],
  ])('refuses %j', async (args, stderr) => {
    expect(await runCommand(args)).toEqual({ code: 2, stdout: '', stderr })
  })
})

describe.each(lookingCommands)('vwo-hub %s', (command) => {
  it('says in one line that Redis cannot be reached, without its password', async () => {
    const env = { REDIS_URL: 'redis://user:the-password@127.0.0.1:1' }
    const { code, stdout, stderr } = await runCommand([command], { env })
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'Cannot reach Redis at redis://127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1. ' +
        'Check that it runs and that REDIS_URL (or REDIS_SENTINELS, REDIS_CLUSTER_NODES) is right.\n',
    })
  })

  it('refuses a name that no environment can have', async () => {
    const { code, stdout, stderr } = await runCommand([command, 'Prod!'], {
      env: { REDIS_URL: 'redis://127.0.0.1:1' },
    })
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'Environment "Prod!": expected 1 to 63 of a-z, 0-9, ".", "_", "-", starting with a letter or digit.\n',
    })
  })
})

describe('given --verbose', () => {
  it('shows where an error arose', async () => {
    const { code, stderr } = await runCommand(['status', '--verbose'], {
      env: { REDIS_URL: 'redis://127.0.0.1:1' },
    })
    expect(code).toBe(2)
    expect(stderr).toMatch(/Cannot reach Redis[\s\S]*\n {4}at .*with-environment\.js/)
  })
})
