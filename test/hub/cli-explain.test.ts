import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { runCommand } from '../support/cli.ts'
import { createPublisher, type Publisher } from '../support/publisher.ts'
import { abTest, featureTest, settingsFile } from '../support/settings-file.ts'
import { redisForFile } from '../support/redis-for-file.ts'

const { server } = await redisForFile()
const open: Publisher[] = []

afterEach(() => {
  for (const publisher of open.splice(0)) publisher.close()
})

/** The campaign takes nobody at first, and everybody then. */
async function setUp() {
  const environment = `env-${randomUUID()}`
  const publisher = await createPublisher(server.url, environment)
  open.push(publisher)
  const withTraffic = (percentTraffic: number) =>
    JSON.stringify(
      settingsFile({ campaigns: [abTest('checkout-test', { percentTraffic }), featureTest('price')] }),
    )
  const before = await publisher.publish(withTraffic(0))
  const after = await publisher.publish(withTraffic(100))
  const env = { REDIS_URL: server.url, VWO_ENVIRONMENT: environment }
  return {
    environment,
    before,
    after,
    vwoHub: async (...args: string[]) => await runCommand(['explain', ...args], { env }),
  }
}

describe('vwo-hub explain', () => {
  it('tells the way to what the SDK answers', async () => {
    const { vwoHub, environment, after } = await setUp()
    const { code, stdout, stderr } = await vwoHub(environment, 'price', 'user-1')
    expect([code, stderr]).toEqual([0, ''])
    const [answer, head, ...lines] = stdout.split('\n')
    expect(answer).toBe('price for user-1: Variation-1, the feature is on')
    expect(head).toMatch(new RegExp(`^${environment}  revision ${after}, published 20`))
    expect(lines.join('\n')).toBe(`
1. The campaign is a feature test, and running.
2. Whitelisting is off.
3. The campaign is for all users.
4. The campaign takes 100 % of them: the user's number from 1 to 100 is 65, not above 100: in.
5. The user's number from 1 to 10000 is 6442: Variation-1.
   Control: 1 to 5000
   Variation-1: 5001 to 10000

Its variables:
  colour = "green"
`)
  })

  it('names the campaigns that there are, where the one that is meant is not', async () => {
    const { vwoHub } = await setUp()
    const { code, stdout } = await vwoHub('checkout', 'user-1')
    expect(code).toBe(1)
    expect(stdout).toMatch(/^checkout for user-1: no variation\n/)
    expect(stdout).toMatch(/There is no campaign checkout: .*\n +There are: .*\bprice\b/)
  })

  it('goes back to what was live then, and says no to who was not in it', async () => {
    const { vwoHub, before } = await setUp()
    const { code, stdout } = await vwoHub('checkout-test', 'user-1', '--at', String(before), '--json')
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      product: 'fullstack',
      revision: before,
      campaign: 'checkout-test',
      user: 'user-1',
      decision: { variation: null },
      isIn: false,
      isConsistent: true,
    })
    expect((await vwoHub('checkout-test', 'user-1', '--at', new Date(before).toISOString())).code).toBe(1)
  })

  it.each([
    [['checkout-test'], /^error: expected \[environment\] <key> <user>, got 1 of them\./],
    [['a', 'b', 'c', 'd'], /got 4 of them/],
    [['checkout-test', 'user-1', '--at', '~7'], /^Cannot find revision "~7"/],
    [['checkout-test', 'user-1', '--vars', 'gold'], /expected an object of JSON, such as \{"plan":"gold"\}/],
  ])('could not find it out: %j', async (args, message) => {
    const { vwoHub } = await setUp()
    const { code, stdout, stderr } = await vwoHub(...args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(message)
  })
})
