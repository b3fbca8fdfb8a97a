import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { showNodes } from '../../packages/hub/dist/commands/show-nodes.js'
import { showStatus } from '../../packages/hub/dist/commands/show-status.js'
import { openTerminal } from '../../packages/hub/dist/commands/terminal.js'
import { environmentPage } from '../../packages/hub/dist/http/dashboard/environment-page.js'
import { createMetrics } from '../../packages/hub/dist/metrics/metrics.js'
import { conditionsOf } from '../../packages/hub/dist/operate/condition.js'
import { findingsOf } from '../../packages/hub/dist/operate/doctor/check-environment.js'
import { parseExposition } from '../support/exposition.ts'

/**
 * What status, nodes, page, doctor, metrics and alerts say, in each state that there can be: each fault alone, and every two
 * of them that can come together.
 */
type Seen = Parameters<typeof conditionsOf>[0]
type Status = NonNullable<Seen['status']>
type Nodes = NonNullable<Seen['propagation']>
type NodeState = Nodes['nodes'][number]['state']

const now = '2026-03-01T12:00:00.000Z'
const revision = Date.parse(now) - 300_000
const earlier = new Date(revision - 300_000).toISOString()
const later = '2026-03-01T12:10:00.000Z'
const hub = (id: string, more: object = {}) => ({
  ...{ id, state: 'ready', startedAt: earlier, host: 'a', pid: 1, version: '1.0.0', revision, ...more },
})
const failed = (result: string) => ({ lastFetch: { at: now, result, message: 'because' } })
const node = (state: NodeState, index: number, more: object = {}) => ({
  ...{ id: `node-${index}`, state, revision: state === 'current' || state === 'stale' ? revision : 1 },
  ...{ seenAt: now, host: 'a', pid: 1, sdk: '', client: '', ...more },
})

interface State {
  readonly current: object | undefined
  readonly hubs: readonly object[]
  readonly nodes: readonly { readonly state: string; readonly revision: number }[]
  readonly total?: number
  readonly damaged?: readonly string[]
  readonly takesNoWrites?: string
}
const well: State = {
  current: {
    ...{ revision, publishedAt: new Date(revision).toISOString(), fetchedAt: now, checkedAt: now },
    ...{ sha256: 'ab', bytes: 2, campaigns: 1, trigger: 'poll', accountId: '1', product: 'fullstack' },
  },
  hubs: [hub('hub-0')],
  nodes: [node('current', 0)],
}

/** One fault: what it does to the state, which parts of it no other fault of a pair may touch, and what is to be said. */
interface Fault {
  readonly kind: ReturnType<typeof conditionsOf>[number]['kind']
  readonly tone: 'bad' | 'warn'
  readonly touches: 'current' | 'hold' | 'hubs' | 'nodes' | 'total' | 'redis'
  readonly alert?: string
  readonly with: (state: State) => State
}
const withNode = (state: NodeState, more?: object) => (seen: State) => ({
  ...seen,
  nodes: [...seen.nodes, node(state, seen.nodes.length, more)],
})
const failing = (kind: Fault['kind'], alert: string): Fault => ({
  ...{ kind, tone: 'bad', touches: 'hubs', alert },
  with: (seen) => ({
    ...seen,
    current: seen.current && { ...seen.current, checkedAt: earlier },
    hubs: seen.hubs.map((each) => ({ ...each, ...failed(kind) })),
  }),
})
const faults: readonly Fault[] = [
  {
    ...{ kind: 'no-writes', tone: 'bad', touches: 'redis', alert: 'VwoHubRedisTakesNoWrites' },
    with: (seen) => ({ ...seen, takesNoWrites: 'OOM command not allowed' }),
  },
  {
    ...{ kind: 'foreign', tone: 'bad', touches: 'total', alert: 'VwoHubForeign' },
    with: (seen) => ({ ...seen, hubs: [...seen.hubs, hub('hub-1', { state: 'foreign' })] }),
  },
  {
    ...{ kind: 'nothing-published', tone: 'bad', touches: 'current', alert: 'VwoSettingsNeverPublished' },
    with: (seen) => ({ ...seen, current: undefined }),
  },
  {
    ...{ kind: 'no-hub', tone: 'bad', touches: 'hubs', alert: 'VwoHubDown' },
    with: (seen) => ({ ...seen, hubs: [] }),
  },
  {
    ...{ kind: 'held', tone: 'bad', touches: 'hold', alert: 'VwoSettingsHeld' },
    with: (seen) => ({
      ...seen,
      current: { ...seen.current, held: '7 would end', heldSince: now, heldUntil: later },
    }),
  },
  failing('vwo-unreachable', 'VwoUnreachable'),
  failing('vwo-refused', 'VwoUnreachable'),
  failing('settings-refused', 'VwoSettingsRefused'),
  failing('internal', 'VwoHubFault'),
  { kind: 'damaged', tone: 'bad', touches: 'redis', with: (seen) => ({ ...seen, damaged: ['completed'] }) },
  {
    ...{ kind: 'by-hand', tone: 'warn', touches: 'hold' },
    with: (seen) => ({
      ...seen,
      current: seen.current && { ...seen.current, trigger: 'stop', checkedAt: earlier },
    }),
  },
  {
    ...{ kind: 'pinned', tone: 'warn', touches: 'hold' },
    with: (seen) => ({ ...seen, current: { ...seen.current, pinnedUntil: later } }),
  },
  { kind: 'nodes-ahead', tone: 'bad', touches: 'nodes', alert: 'VwoNodesAhead', with: withNode('ahead') },
  {
    ...{ kind: 'nodes-lagging', tone: 'warn', touches: 'nodes', alert: 'VwoNodesLagging' },
    with: withNode('lagging', { behindSince: earlier }),
  },
  {
    ...{ kind: 'nodes-unconfirmed', tone: 'warn', touches: 'nodes', alert: 'VwoNodesStale' },
    with: withNode('stale'),
  },
  { kind: 'nodes-invalid', tone: 'warn', touches: 'nodes', with: withNode('invalid') },
  { kind: 'nodes-beyond-limit', tone: 'warn', touches: 'total', with: (seen) => ({ ...seen, total: 3000 }) },
]

function canComeTogether(a: Fault, b: Fault): boolean {
  const kinds = [a.kind, b.kind]
  const both = (...wanted: Fault['kind'][]) => wanted.every((each) => kinds.includes(each))
  const ofHubs = a.touches === 'hubs' && b.touches === 'hubs'
  // What is not there is neither pinned, nor held, nor of another account, nor on any node.
  const ofNothing =
    kinds.includes('nothing-published') &&
    !/^(?:no-|vwo-|settings-|internal|damaged)/.test(kinds.find((each) => each !== 'nothing-published') ?? '')
  // A pin ends the hold; where no hub is, none is of another account.
  return !ofHubs && !ofNothing && !both('held', 'pinned') && !both('no-hub', 'foreign')
}

const states = [
  { name: 'well', faults: [] },
  ...faults.map((fault) => ({ name: fault.kind, faults: [fault] })),
  ...faults.flatMap((a, index) =>
    faults
      .slice(index + 1)
      .filter((b) => canComeTogether(a, b))
      .map((b) => ({ name: `${a.kind} and ${b.kind}`, faults: [a, b] })),
  ),
].map(({ name, faults: own }) => ({
  name,
  faults: own as readonly Fault[],
  ...seenIn((own as readonly Fault[]).reduce((seen, fault) => fault.with(seen), well)),
}))

function seenIn({ current, hubs, nodes, total = nodes.length, damaged, takesNoWrites }: State) {
  const ofStatus = {
    ...{ environment: 'prod', now, current, refresh: { requested: 1, completed: 1, fruitless: 0 }, hubs },
    ...{ audit: [], ...(damaged && { damaged }), ...(takesNoWrites && { takesNoWrites }) },
  }
  const have = nodes.filter((each) => each.revision === revision).length
  const propagation = { environment: 'prod', now, current: have, total, nodes, ...(current && { revision }) }
  return { status: ofStatus as unknown as Status, propagation: propagation as unknown as Nodes }
}

const seenOf = ({ status, propagation }: { status: Status; propagation: Nodes }): Seen => ({
  ...{ name: 'prod', current: status.current, status, propagation, now, unreachable: undefined },
})

async function printed(show: (terminal: Awaited<ReturnType<typeof openTerminal>>) => void): Promise<string> {
  const stdout = new PassThrough()
  show(await openTerminal({ env: {}, stdin: stdout, stdout, stderr: stdout } as never))
  return String(stdout.read() ?? '')
}

async function pageOf(seen: Seen): Promise<string> {
  const snapshot = { ...seen, accountId: '1', history: [] }
  const page = environmentPage({ root: './', snapshot, csrf: '', frame: undefined, notice: undefined })
  return String(await page)
}

/** What a hub exports in this state, as promtool takes it, with what Prometheus itself knows of the hub. */
async function seriesOf(zone: string, { status, propagation }: { status: Status; propagation: Nodes }) {
  const target = `job="vwo-hub",zone="${zone}",instance="hub-0"`
  if (status.hubs.length === 0) return [{ series: `up{${target}}`, values: '0x2' }]
  const { text } = await createMetrics({
    environments: ['prod'],
    read: async () => ({ current: status.current, hubs: status.hubs, propagation }),
    takesNoWrites: () => status.takesNoWrites,
    webhooks: () => new Map(),
    refusedTokens: () => 0,
  }).render()
  const samples = [...parseExposition(text).values()]
    .filter(({ name }) => /^vwo_hub_(?:failing|foreign|held_until|nodes|pinned|redis|settings)/.test(name))
    .flatMap(({ samples: all }) => all)
    // Of the many reasons only those that there are: each series costs time.
    .filter(({ name, value }) => value !== 0 || !/_(?:failing|no_writes)$/.test(name))
  return [
    { series: `up{${target}}`, values: '1x2' },
    ...samples.map(({ name, labels, value }) => {
      const others = Object.entries(labels).map(([label, own]) => `,${label}="${own}"`)
      return { series: `${name}{${target}${others.join('')}}`, values: `${value}x2` }
    }),
  ]
}

describe.each(states)('$name', ({ faults: own, status, propagation }) => {
  const seen = seenOf({ status, propagation })
  const conditions = conditionsOf(seen)
  const amiss = conditions.filter(({ tone }) => tone === 'bad' || tone === 'warn')

  it('is told, the worst first, and nothing else; never by a number of 13 digits', () => {
    expect(conditions.map(({ sentence }) => sentence).join(' ')).not.toMatch(/\d{13}/)
    expect(new Set(amiss.map(({ kind, tone }) => `${tone} ${kind}`))).toEqual(
      new Set(own.map(({ kind, tone }) => `${tone} ${kind}`)),
    )
    const tones = amiss.map(({ tone }) => tone)
    expect(tones).toEqual(tones.toSorted())
    if (own.length === 0) expect(conditions.map(({ kind }) => kind)).toEqual(['everywhere'])
  })

  it('has the same verdict in status, nodes, page and doctor', async () => {
    const [worst, ...others] = conditions
    const inStatus = await printed((terminal) => showStatus(terminal, status, propagation))
    expect(inStatus).toContain(`environment  prod  ${worst.sentence}\n`)
    const page = await pageOf(seen)
    expect(page).toContain(`<title>prod: ${worst.label.toLowerCase()}`)
    for (const { sentence } of [worst, ...others.filter((each) => amiss.includes(each))]) {
      expect(inStatus).toContain(sentence)
      expect(page).toContain(sentence)
    }
    const findings = findingsOf(status, propagation)
    expect(
      findings
        .filter(({ state }) => state !== 'ok')
        .map(({ state }) => state)
        .toSorted(),
    ).toEqual(amiss.map(({ tone }) => (tone === 'bad' ? 'failure' : 'warning')).toSorted())
    const inNodes = await printed((terminal) => showNodes(terminal, propagation, { isAll: false }))
    const words = {
      ...{ 'nodes-ahead': '1 ahead of Redis', 'nodes-lagging': '1 lagging' },
      ...{ 'nodes-unconfirmed': '1 not confirmed', 'nodes-invalid': '1 invalid' },
      ...{ 'nodes-beyond-limit': 'of 3,000 shown', 'nothing-published': 'nothing has been published' },
    }
    for (const [kind, text] of Object.entries(words))
      expect([kind, inNodes.includes(text)]).toEqual([kind, own.some((fault) => fault.kind === kind)])
  })
})

it('a revision that came out a moment ago is on its way, and nothing to look at', () => {
  const told = new Date(Date.parse(now) - 10_000).toISOString()
  const seen = seenOf(seenIn(withNode('lagging', { behindSince: told })(well)))
  expect(conditionsOf(seen)).toMatchObject([{ kind: 'spreading', tone: 'busy' }])
})

it('in each of these states the alerts fire that belong to it, and no others', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vwo-hub-verdicts-'))
  try {
    const input = (await Promise.all(states.map((state) => seriesOf(state.name, state)))).flat()
    const expected = states.flatMap(({ name, faults: own }) =>
      [...alertsOf(own)].map((alert) => ({ labels: `{alertname="${alert}",zone="${name}"}`, value: 1 })),
    )
    const expr = 'sum by (alertname, zone) (ALERTS{alertstate="firing"})'
    const test = {
      ...{ interval: '1m', input_series: input },
      promql_expr_test: [{ expr, eval_time: '2m', exp_samples: expected }],
    }
    const rules = join(import.meta.dirname, '../../deploy/prometheus-alerts.yml')
    const path = join(folder, 'test.json')
    await writeFile(path, JSON.stringify({ rule_files: [rules], evaluation_interval: '1m', tests: [test] }))
    const { stdout, stderr } = await promisify(execFile)('promtool', ['test', 'rules', path]).catch(
      (error: { stdout: string; stderr: string }) => error,
    )
    expect(stdout + stderr).toMatch(/SUCCESS\s*$/)
  } finally {
    await rm(folder, { recursive: true })
  }
})

function alertsOf(own: readonly Fault[]): Set<string> {
  const kinds = new Set(own.map(({ kind }) => kind))
  // Whoever is down exports nothing.
  if (kinds.has('no-hub')) return new Set(['VwoHubDown'])
  return new Set(
    own.flatMap(({ kind, alert }) =>
      // What VWO answers is why nothing is published; one alert for one outage.
      alert === undefined || (kinds.has('nothing-published') && /^(?:vwo-|settings-)/.test(kind))
        ? []
        : [alert],
    ),
  )
}
