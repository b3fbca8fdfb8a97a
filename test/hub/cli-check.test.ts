import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCommand } from '../support/cli.ts'

let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vwo-hub-check-'))
})
afterAll(async () => {
  await rm(directory, { recursive: true })
})

const campaign = {
  id: 1,
  type: 'VISUAL_AB',
  key: 'checkout-test',
  status: 'RUNNING',
  percentTraffic: 100,
  goals: [{ id: 1, identifier: 'signup', type: 'CUSTOM_GOAL' }],
  variations: [
    { id: 1, name: 'Control', weight: 50 },
    { id: 2, name: 'Variation-1', weight: 50 },
  ],
  segments: {},
}
const good = JSON.stringify({ version: 1, accountId: 123456, campaigns: [campaign] })
const bad = JSON.stringify({
  version: 1,
  accountId: 123456,
  campaigns: [campaign, { ...campaign, id: 2, variations: [null] }],
})

async function fileWith(text: string): Promise<string> {
  const path = join(directory, 'settings.json')
  await writeFile(path, text)
  return path
}

describe('vwo-hub check', () => {
  it('says yes to a file that would be published', async () => {
    expect(await runCommand(['check', await fileWith(good)])).toEqual({
      code: 0,
      stdout: `It would be published: account 123456, 1 campaign, ${good.length} B.\n`,
      stderr: '',
    })
  })

  it('says no, names the place and what was expected', async () => {
    const { code, stdout, stderr } = await runCommand(['check', await fileWith(bad)])
    expect([code, stderr]).toEqual([1, ''])
    expect(stdout).toMatch(/campaigns\[1\]\.variations\[0\].*expected.*got null/)
  })

  it('reads standard input', async () => {
    expect((await runCommand(['check', '-'], { input: good })).code).toBe(0)
    expect((await runCommand(['check', '-'], { input: 'not json' })).code).toBe(1)
  })

  it('answers programs in JSON', async () => {
    const yes = await runCommand(['check', '-', '--json'], { input: good })
    expect(JSON.parse(yes.stdout)).toMatchObject({
      ok: true,
      accountId: '123456',
      campaigns: 1,
      bytes: good.length,
    })
    const no = await runCommand(['check', '-', '--json'], { input: bad })
    expect(JSON.parse(no.stdout)).toMatchObject({ ok: false })
  })

  it('keeps to the limit that a hub keeps to', async () => {
    const input = JSON.stringify({ version: 1, accountId: 123456, campaigns: [], padding: 'x'.repeat(2000) })
    const { code, stdout } = await runCommand(['check', '-'], {
      input,
      env: { HUB_MAX_SETTINGS_BYTES: '1024' },
    })
    expect(code).toBe(1)
    expect(stdout).toMatch(/1024/)
  })

  it('cannot check a file that is not there', async () => {
    const path = join(directory, 'nothing.json')
    const { code, stdout, stderr } = await runCommand(['check', path])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^Cannot read what to check: ENOENT.*nothing\.json.*\n$/)
  })
})
