import { describe, expect, it } from 'vitest'
import { runCommand } from '../support/cli.ts'
import { running, startHubs } from '../support/hubs.ts'
import { outputFaults } from '../support/output-faults.ts'
import { redisForFile } from '../support/redis-for-file.ts'
import { until } from '../support/until.ts'

const { server, cleanUps } = await redisForFile()

const campaigns = ['checkout-test', 'menu-test', 'search-test', 'a', 'b', 'c']

async function setUp() {
  const hubs = await startHubs({ url: server.url, settings: running(campaigns, 10) })
  cleanUps.push(hubs.close)
  await hubs.vwo.set(running(campaigns, 20))
  await until(hubs.published, (text) => text?.includes('"percentTraffic":20') === true)
  await hubs.settled()
  const vwoHub = async (command: string, args: readonly string[] = [], input = '') =>
    await runCommand([command, ...args, '--json'], {
      env: { REDIS_URL: server.url, VWO_ENVIRONMENT: hubs.environment },
      input,
    })
  return { ...hubs, vwoHub }
}

const schemaOf = async (name: string) => await runCommand(['schema', name], { env: {} })

/** Of everything that has one. */
async function schemaNames(): Promise<string[]> {
  const { stderr } = await schemaOf('wat')
  const [, names = ''] = /^There is no schema of "wat"\. There are: (.*)\.$/m.exec(stderr) ?? []
  return names.split(', ')
}

describe('with --json', () => {
  it('what is called a campaign is said to be a feature of FME, wherever it is', async () => {
    const said: unknown[] = []
    for (const command of await schemaNames()) {
      // With all that the description of the API has.
      JSON.parse((await schemaOf(command)).stdout, (name, value: { type?: string; description?: string }) => {
        const isUnit = name === 'campaign' || (name === 'campaigns' && value.type !== 'array')
        if (isUnit) said.push(value.description ?? 'nothing')
        return value
      })
    }
    expect(said.length).toBeGreaterThan(4)
    expect(said).toEqual(said.map(() => expect.stringMatching(/campaigns? of FullStack.* features? of FME/)))
  })

  it('each command writes what its schema says, and nothing else', async () => {
    const { vwoHub, environment, vwo, meta } = await setUp()
    const why = ['--yes', '--reason', 'a test']
    const file = JSON.stringify(running(campaigns, 30))
    const faults: string[] = []
    const tried = new Set<string>(['error', 'watch'])
    const hold = async () => {
      await vwo.set(running(campaigns.slice(0, 1), 40))
      await until(meta, ({ held }) => held !== undefined)
    }
    for (const [command, args, input = ''] of [
      ['environments', []],
      ['status', []],
      ['nodes', []],
      ['history', []],
      ['show', []],
      ['diff', []],
      ['preview', ['previous', environment, '--users', '-'], 'user-1\nuser-2\n'],
      ['explain', ['checkout-test', 'user-1']],
      ['doctor', [environment]],
      ['check', ['-'], file],
      ['refresh', []],
      ['rollback', ['--yes']],
      ['publish', ['-', ...why], file],
      ['stop', ['menu-test', ...why]],
      ['status', []],
      ['pin', ['--for', '1h', '--yes']],
      ['unpin', ['--yes']],
      ['adopt', ['--yes']],
      ['types', []],
      ['status', [], hold],
      ['show', [environment, 'held']],
      ['diff', [environment, 'latest', 'held']],
      ['explain', ['checkout-test', 'user-1', '--at', 'held']],
      ['release', ['--yes']],
    ] as const) {
      if (typeof input === 'function') await input()
      const { stdout } = await vwoHub(command, args, typeof input === 'string' ? input : '')
      expect([command, stdout.split('\n')]).toEqual([command, [expect.stringMatching(/^\{/), '']])
      if (stdout.startsWith('{"error"')) faults.push(`${command}: ${stdout}`)
      else faults.push(...outputFaults(command, stdout))
      tried.add(command)
    }
    expect(faults).toEqual([])
    expect([...tried].toSorted()).toEqual((await schemaNames()).toSorted())
  })

  it('status has the verdict, how many nodes there are, and its exit code', async () => {
    const { vwoHub } = await setUp()
    const { code, stdout } = await vwoHub('status')
    expect(JSON.parse(stdout)).toMatchObject({
      verdict: { kind: 'no-nodes', tone: 'good', label: 'Published' },
      nodes: { total: 0, current: 0, lagging: 0 },
      exitCode: code,
    })
  })

  it.each([
    ['what is not possible', ['unpin', '--yes'], 1, 'not-possible'],
    ['what is not there', ['show', 'default', '1'], 1, 'not-found'],
    ['a name that cannot be', ['status', 'Prod!'], 2, 'config-invalid'],
    ['a wrong command line', ['status', '--wat'], 2, 'usage'],
    ['a command line that lacks something', ['explain', 'prod'], 2, 'usage'],
  ])('an error is JSON with a code: %s', async (_, args, exitCode, code) => {
    const env = { REDIS_URL: server.url }
    const { code: got, stdout, stderr } = await runCommand([...args, '--json'], { env })
    expect([got, JSON.parse(stdout)]).toMatchObject([exitCode, { error: { code } }])
    expect(outputFaults('error', stdout)).toEqual([])
    expect(stderr).not.toBe('')
  })
})

it('schema writes the schema of a command', async () => {
  const { code, stdout } = await schemaOf('status')
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ type: 'object', properties: { verdict: {} } })
  expect((await schemaOf('wat')).stderr).toMatch(/^There is no schema of "wat"/)
})
