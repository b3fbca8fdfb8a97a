import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCommand } from '../support/cli.ts'
import { createPublisher } from '../support/publisher.ts'
import { redisForFile } from '../support/redis-for-file.ts'

const { server, cleanUps } = await redisForFile()

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vwo-hub-environments-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true })
})

/** A file of `HUB_CONFIG`: its secrets are not there, as on the machine of an operator. */
async function setUp(...names: string[]) {
  const environments = Object.fromEntries(
    names.map((name) => [name, { accountId: 1, sdkKeyFile: 'not-here', webhookSecretsFile: 'not-here' }]),
  )
  const path = join(folder, `${randomUUID()}.json`)
  await writeFile(path, JSON.stringify({ environments }))
  const env = { REDIS_URL: server.url, HUB_CONFIG: path }
  const publisher = await createPublisher(server.url, names[0] ?? '')
  cleanUps.push(publisher.close)
  return { ...publisher, vwoHub: async (...args: string[]) => await runCommand(args, { env }) }
}

const oneOf = () => [`prod-${randomUUID()}`, `test-${randomUUID()}`] as const

describe('with HUB_CONFIG', () => {
  it('environments lists those of the file, and how each of them is', async () => {
    const [prod, test] = oneOf()
    const { publish, vwoHub } = await setUp(prod, test)
    const revision = await publish('A')
    const { code, stdout } = await vwoHub('environments')
    expect(code).toBe(1)
    expect(stdout).toMatch(
      new RegExp(`^${prod} +${revision} +No hub is alive: nothing is kept current\\.$`, 'm'),
    )
    expect(stdout).toMatch(new RegExp(`^${test} +- +Nothing has been published for ${test} yet\\.`, 'm'))
  })

  it('a mistyped name is told with the nearest one, whatever the command, and nothing is written', async () => {
    const [prod, test] = oneOf()
    const { vwoHub, redis } = await setUp(prod, test)
    const mistyped = `${prod.slice(0, -1)}_`
    for (const command of ['status', 'nodes', 'refresh', 'history']) {
      expect(await vwoHub(command, mistyped)).toEqual({
        code: 2,
        stdout: '',
        stderr: `There is no environment "${mistyped}": HUB_CONFIG has ${prod}, ${test}. Did you mean "${prod}"?\n`,
      })
    }
    expect(await redis.keys(`*${mistyped}*`)).toEqual([])
  })

  it('what is wrong with the file is said with its place, and without a word of it', async () => {
    const path = join(folder, 'broken.json')
    await writeFile(path, '{"environments": {"prod": {"sdkKey": "a-secret" "x": 1}}}')
    const { code, stderr } = await runCommand(['status', 'prod'], {
      env: { REDIS_URL: server.url, HUB_CONFIG: path },
    })
    expect([code, stderr]).toEqual([2, expect.stringMatching(/HUB_CONFIG: .* at line 1, column \d+\.$/m)])
    expect(stderr).not.toContain('a-secret')
  })

  it('the only one need not be named, one of several has to be', async () => {
    const [prod, test] = oneOf()
    const alone = await setUp(prod)
    const { stdout } = await alone.vwoHub('status', '--json')
    expect(JSON.parse(stdout)).toMatchObject({ environment: prod })
    const { code, stderr } = await (await setUp(prod, test)).vwoHub('status')
    expect([code, stderr]).toEqual([
      2,
      `Expected the name of an environment: HUB_CONFIG has ${prod}, ${test}.\n`,
    ])
  })
})

it('a refresh of what no hub has ever worked on leaves nothing in Redis', async () => {
  const [prod] = oneOf()
  const { redis } = await setUp(prod)
  const { code, stderr } = await runCommand(['refresh', 'prdo'], { env: { REDIS_URL: server.url } })
  expect([code, stderr]).toEqual([2, expect.stringMatching(/^Nothing is known of an environment "prdo"/)])
  expect(await redis.keys('*prdo*')).toEqual([])
})
