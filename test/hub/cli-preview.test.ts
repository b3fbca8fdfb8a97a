import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RedisServer, startRedisServer } from '@vwo-hub/sandbox'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { runCommand } from '../support/cli.ts'
import { createPublisher, type Publisher } from '../support/publisher.ts'
import { abTest, decidesFor, settingsFile } from '../support/settings-file.ts'

let server: RedisServer
let directory: string
const open: Publisher[] = []

beforeAll(async () => {
  server = await startRedisServer()
  directory = await mkdtemp(join(tmpdir(), 'vwo-hub-preview-'))
})
afterEach(() => {
  for (const publisher of open.splice(0)) publisher.close()
})
afterAll(async () => {
  await server.close()
  await rm(directory, { recursive: true })
})

const everybodyGets = (name: string): string =>
  JSON.stringify(settingsFile({ campaigns: [decidesFor('checkout-test', name)] }))

async function setUp() {
  const environment = `env-${randomUUID()}`
  const publisher = await createPublisher(server.url, environment)
  open.push(publisher)
  return {
    ...publisher,
    environment,
    vwoHub: async (what: string, args: string[] = [], input = '', columns?: number) =>
      await runCommand(['preview', what, environment, ...args], {
        ...{ env: { REDIS_URL: server.url, NO_COLOR: '1' }, input },
        ...(columns !== undefined && { columns }),
      }),
  }
}

async function fileWith(text: string): Promise<string> {
  const path = join(directory, `${randomUUID()}.txt`)
  await writeFile(path, text)
  return path
}

describe('vwo-hub preview', () => {
  it('says who would get something else with a file, and nothing else where it is no terminal', async () => {
    const { vwoHub, publish, environment } = await setUp()
    const revision = await publish(everybodyGets('A'))
    const file = await fileWith(everybodyGets('B'))
    const users = ['--users', await fileWith('ann\nbob\n')]
    expect(await vwoHub(file, users)).toEqual({
      code: 0,
      stdout: `${environment}  ${revision} → ${file}

checkout-test: 100.0 % of users move: 0 % enter, 0 % leave, 100.0 % get something else
  A → B 100.0 %

Decided for 2 users by the real SDK.
`,
      stderr: '',
    })
  })

  it('compares kept revisions, for users of one’s own, with the variables of an app', async () => {
    const { vwoHub, publish } = await setUp()
    const gold = (percentTraffic: number): string => {
      const segments = { custom_variable: { plan: 'gold' } }
      return JSON.stringify(settingsFile({ campaigns: [abTest('gold', { percentTraffic, segments })] }))
    }
    const first = await publish(gold(0))
    const second = await publish(gold(100))
    const users = ['--users', await fileWith('ann\nbob\n'), '--vars', '{"plan":"gold"}']
    const { code, stdout } = await vwoHub('latest', ['--against', String(first), '--json', ...users])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      from: String(first),
      to: String(second),
      users: 2,
      // Not such as fit the segment, as users get without variables.
      campaigns: [{ campaign: 'gold', kind: 'changed', populations: [{ fits: 'given', enter: 2 }] }],
    })
  })

  it('says no to a file that would not be published, and nobody moves then', async () => {
    const { vwoHub, publish } = await setUp()
    await publish(everybodyGets('A'))
    const stranger = everybodyGets('B').replace('123456', '654321')
    const { code, stdout } = await vwoHub('-', [], stranger)
    expect(code).toBe(1)
    expect(stdout).toMatch(/^Settings of "standard input" refused: accountId: expected 123456, got 654321\./)
    const answer = await vwoHub('-', ['--json'], 'not json')
    expect([answer.code, JSON.parse(answer.stdout)]).toMatchObject([1, { ok: false }])
  })

  it('could not do it without anything to compare with', async () => {
    const { vwoHub, publish } = await setUp()
    expect(await vwoHub('latest')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /^Cannot find revision "latest": nothing has been published for "env-/,
      ) as string,
    })
    await publish(everybodyGets('A'))
    expect(await vwoHub('nothing.json')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^Cannot read what to preview: ENOENT/),
    })
    expect((await vwoHub('latest', ['--vars', '[]'])).stderr).toContain('expected an object of JSON')
  })

  it('decides for ten thousand users unless told, shows its progress on a terminal, and leaves nothing of it', async () => {
    const { vwoHub, publish } = await setUp()
    const first = await publish(everybodyGets('A'))
    await publish(everybodyGets('B'))
    const { stdout, stderr } = await vwoHub('latest', ['--against', String(first)], '', 80)
    expect(stdout).toContain('Decided for 10000 users by the real SDK.')
    expect(stderr.replace(/^(\r\d{1,3} % decided)+/, 'how far it is')).toBe('how far it is\r\u001B[K')
  })
})
