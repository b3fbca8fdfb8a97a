import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { completionFor } from '../../packages/hub/dist/commands/completion-script.js'
import { commandNames, runCommand } from '../support/cli.ts'

const run = promisify(execFile)

/** What bash offers for the words so far, the last of which is incomplete. */
async function offered(script: string, ...words: string[]): Promise<string[]> {
  const list = words.map((word) => `'${word}'`).join(' ')
  const ask = `COMP_WORDS=(vwo-hub ${list}); COMP_CWORD=${words.length}; _vwo_hub; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout } = await run('bash', ['--norc', '-c', `${script}\n${ask}`], { cwd: import.meta.dirname })
  return stdout.trim().split('\n').toSorted()
}

describe('vwo-hub completion', () => {
  it.each(['bash', 'zsh', 'fish'])('for %s knows every command', async (shell) => {
    const { code, stdout, stderr } = await runCommand(['completion', shell])
    expect([code, stderr]).toEqual([0, ''])
    const names = await commandNames()
    expect(names).toContain('completion')
    for (const name of names) expect(stdout).toMatch(new RegExp(`(^| |'|-a )${name}([ :)"]|$)`, 'm'))
  })

  it('completes commands, options, shells and files in bash', async () => {
    const { stdout: script } = await runCommand(['completion', 'bash'])
    expect(await offered(script, 'pi')).toEqual(['pin'])
    expect(await offered(script, 'un')).toEqual(['unpin'])
    expect(await offered(script, 'diff', '--')).toEqual(['--help', '--json', '--preview'])
    expect(await offered(script, 'completion', 'z')).toEqual(['zsh'])
    expect(await offered(script, 'check', 'completion.t')).toEqual(['completion.test.ts'])
    expect(await offered(script, 'status', 'completion.t')).toEqual([''])
  })

  it('refuses a shell that it does not know', async () => {
    expect(await runCommand(['completion', 'tcsh'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/Allowed choices are bash, zsh, fish/),
    })
  })

  it('keeps what a description says out of the syntax of the shells', () => {
    const option = { long: '--to', description: "it's [a] \\ path: x" }
    const command = { name: 'go', description: "it's", takesFile: true, choices: [], options: [option] }
    expect(completionFor.zsh([command])).toContain(`'--to[it'\\''s \\[a\\] \\\\ path\\: x]'`)
    expect(completionFor.fish([command])).toContain(`-l to -d 'it\\'s [a] \\\\ path: x'`)
  })
})
