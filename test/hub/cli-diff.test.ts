import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { runCommand } from '../support/cli.ts'
import { startLookingHub } from '../support/hubs.ts'
import { createPublisher, type Publisher } from '../support/publisher.ts'
import { abTest, settingsFile, variation } from '../support/settings-file.ts'
import { redisForFile } from '../support/redis-for-file.ts'

const { server } = await redisForFile()
const open: Publisher[] = []

afterEach(() => {
  for (const publisher of open.splice(0)) publisher.close()
})

const first = settingsFile({ campaigns: [abTest('checkout-test', { percentTraffic: 50 }), abTest('banner')] })
const second = settingsFile({
  campaigns: [
    abTest('checkout-test', {
      percentTraffic: 80,
      variations: [variation(1, 'Control', 20), variation(2, 'Variation-1', 80)],
    }),
  ],
})

/** Both published, the older one first. */
async function setUp() {
  const environment = `env-${randomUUID()}`
  const publisher = await createPublisher(server.url, environment)
  open.push(publisher)
  const older = await publisher.publish(JSON.stringify(first))
  const newer = await publisher.publish(JSON.stringify(second))
  const env = { REDIS_URL: server.url }
  return {
    ...publisher,
    environment,
    older,
    newer,
    vwoHub: async (...args: string[]) => await runCommand(['diff', environment, ...args], { env }),
  }
}

describe('vwo-hub diff', () => {
  it('tells everything that the last publication changed', async () => {
    const { vwoHub, environment, older, newer } = await setUp()
    const { code, stdout, stderr } = await vwoHub()
    expect([code, stderr]).toEqual([1, ''])
    const [head, ...changes] = stdout.split('\n')
    expect(head).toMatch(new RegExp(`^${environment}  ${older} \\(.+\\) → ${newer} \\(.+\\)$`))
    expect(changes.join('\n')).toBe(`
checkout-test
  traffic 50 → 80 %
  Control weight 50 → 20
  Variation-1 weight 50 → 80

banner
  no longer running
`)
  })

  it('gives programs the changes one by one', async () => {
    const { vwoHub, environment, older, newer } = await setUp()
    const { code, stdout } = await vwoHub(String(newer), String(older), '--json')
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      environment,
      from: newer,
      to: older,
      isSame: false,
      changes: [
        { subject: 'checkout-test', kind: 'changed', text: 'traffic 80 → 50 %' },
        { text: 'Control weight 20 → 50' },
        { text: 'Variation-1 weight 80 → 50' },
        { subject: 'banner', kind: 'added', text: 'now running (traffic 100 %, 2 variations)' },
      ],
    })
  })

  it('tells who got something else by it', async () => {
    const { vwoHub } = await setUp()
    const { code, stdout } = await vwoHub('previous', 'latest', '--preview')
    expect(code).toBe(1)
    expect(stdout).toMatch(/^Who moves\nbanner \(gone\): 100.0 % of users move: 0 % enter, 100.0 % leave/m)
    expect(stdout).toMatch(/^checkout-test: \d+\.\d % of users move: \d+\.\d % enter, 0 % leave, /m)
    const { preview } = JSON.parse((await vwoHub('latest', '~0', '--preview', '--json')).stdout) as object & {
      preview: unknown
    }
    expect(preview).toEqual({ users: 10_000, campaigns: [] })
  })

  it('says when nothing differs, also between two revisions of the same content', async () => {
    const { vwoHub, publish, older } = await setUp()
    await publish(JSON.stringify(first))
    const again = await vwoHub(String(older))
    expect([again.code, again.stdout.split('\n')[1]]).toEqual([0, 'The same content.'])
    const itself = await vwoHub('latest', '~0')
    expect([itself.code, itself.stdout.split('\n')[1]]).toEqual([0, 'The same revision.'])
  })

  it('could not find out about a revision that is not kept', async () => {
    const { vwoHub } = await setUp()
    const { code, stdout, stderr } = await vwoHub('~7')
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^Cannot find revision "~7": expected a number, /)
  })

  it('shows what a hostile file says as text', async () => {
    const { vwoHub, publish } = await setUp()
    await publish(JSON.stringify(settingsFile({ campaigns: [abTest('\u001B[31mred\nnext')] })))
    const { stdout } = await vwoHub()
    expect(stdout).toContain('"\uFFFD[31mred\uFFFDnext"\n  now running')
    expect(stdout).not.toContain('\u001B')
  })
})

describe('two revisions', () => {
  /** What a hub says of them, which has them from Redis alone. */
  async function asking() {
    const published = await setUp()
    const { environment } = published
    const { revisions, close } = await startLookingHub(server.url, environment)
    onTestFinished(() => close())
    const between = async (from: string | undefined, to: string) => {
      const query = from === undefined ? '' : `?against=${from}`
      const answer = await fetch(`${revisions}/${to}/diff${query}`)
      return [answer.status, await answer.json()]
    }
    return { ...published, between }
  }

  it('are the named one and the one before it, unless both are named', async () => {
    const { between, older, newer } = await asking()
    expect(await between(undefined, 'latest')).toMatchObject([200, { from: older, to: newer }])
    expect(await between('latest', 'previous')).toMatchObject([200, { from: newer, to: older }])
  })

  it('are not there before the oldest one that is kept', async () => {
    const { between, older, environment } = await asking()
    const message = `Cannot compare revision ${older}: none before it is kept. See "vwo-hub history ${environment}".`
    expect(await between(undefined, String(older))).toEqual([404, { error: { code: 'not-found', message } }])
  })
})
