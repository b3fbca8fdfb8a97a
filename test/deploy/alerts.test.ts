import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'

/** Prometheus' own evaluation of rules over series that are written down: the program `promtool`. */
const rules = join(import.meta.dirname, '../../deploy/prometheus-alerts.yml')
const run = promisify(execFile)

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vwo-hub-alerts-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true })
})

/** Prometheus looks so often, and tries the rules so often, in seconds; less often where hours are played. */
const scrapeS = (minutes: number) => (minutes > 10 ? 240 : 15)
const evaluationS = (minutes: number) => (minutes > 10 ? 480 : 15)
/** When a fault begins, in minutes: what looks back has seen as much of a good state. */
const FAULT_AT_M = 4

/** What a hub exports while all is well, in a short form: `name` or `name label`, and its value. */
const wellHub = { 'up ': 1, 'vwo_hub_redis_up ': 1 }
const wellEnvironment = {
  'vwo_hub_settings_revision ': 1_763_990_000_000,
  // Seconds since 1970 at the time of the scrape: time begins with 0 here.
  'vwo_hub_settings_last_success_timestamp_seconds ': 'now',
  'vwo_hub_held_until_timestamp_seconds ': 0,
  'vwo_hub_pinned ': 0,
  'vwo_hub_foreign_hubs ': 0,
  'vwo_hub_failing result="vwo-unreachable"': 0,
  'vwo_hub_failing result="vwo-refused"': 0,
  'vwo_hub_failing result="settings-refused"': 0,
  'vwo_hub_failing result="internal"': 0,
  'vwo_hub_redis_no_writes reason="OOM"': 0,
  'vwo_hub_nodes state="current"': 3,
  'vwo_hub_nodes state="lagging"': 0,
  'vwo_hub_nodes state="ahead"': 0,
  'vwo_hub_nodes state="stale"': 0,
  'vwo_hub_nodes state="starting"': 0,
  'vwo_hub_webhooks_total result="accepted"': 0,
  'vwo_hub_webhooks_total result="refused"': 0,
  'vwo_hub_fetches_total trigger="poll",result="published"': 0,
  'vwo_hub_fetches_total trigger="guard",result="published"': 0,
}

type Series = keyof typeof wellHub | keyof typeof wellEnvironment
/** From `FAULT_AT_M` on: another value, `none` for no scrape, or `+1`, which rises by one with each scrape. */
type Fault = Partial<Record<Series, number | 'none' | 'now' | '+1'>>

/** In the notation of promtool: so often the first value, then so often the second. */
function valuesOf(well: number | string, fault: number | string, minutes: number): string {
  const interval = scrapeS(minutes)
  const before = (FAULT_AT_M * 60) / interval
  const after = (minutes * 60) / interval
  const first = well === 'now' ? `0+${interval}x${before}` : `${well}x${before}`
  if (fault === 'none') return `${first} _x${after}`
  if (fault === '+1') return `${first} ${well}+1x${after}`
  if (fault === 'now') return `0+${interval}x${before + after}`
  return `${first} ${fault}x${after}`
}

/** A zone with an environment `prod`, as every zone has it, and two hubs; what is wrong with one, or both, of them. */
interface Zone {
  readonly zone: string
  readonly fault: Fault
  /** Of the other hub, where it differs. */
  readonly otherHub?: Fault
  /** What fires; undefined: nothing. */
  readonly alert?: string
}

function seriesOf({ zone, fault, otherHub = fault }: Zone, minutes: number) {
  return [fault, otherHub].flatMap((own, index) => {
    const target = `job="vwo-hub",zone="${zone}",instance="hub-${index}"`
    return Object.entries({ ...wellHub, ...wellEnvironment }).map(([key, well]) => {
      const [name = '', label = ''] = key.split(/ (.*)/)
      const labels = [target, key in wellHub ? '' : 'environment="prod"', label].filter((each) => each !== '')
      return {
        series: `${name}{${labels.join(',')}}`,
        values: valuesOf(well, own[key as Series] ?? well, minutes),
      }
    })
  })
}

/** @returns What promtool prints: of all zones nothing fires before the fault, and what is theirs so long after it began. */
async function tryRules(zones: readonly Zone[], minutes: number): Promise<string> {
  const expr = 'sum by (alertname, zone) (ALERTS{alertstate="firing"})'
  const samples = zones.flatMap(({ alert, zone }) =>
    alert === undefined ? [] : [{ labels: `{alertname="${alert}",zone="${zone}"}`, value: 1 }],
  )
  const test = {
    interval: `${scrapeS(minutes)}s`,
    input_series: zones.flatMap((zone) => seriesOf(zone, minutes)),
    promql_expr_test: [
      { expr, eval_time: `${FAULT_AT_M}m`, exp_samples: [] },
      { expr, eval_time: `${FAULT_AT_M + minutes}m`, exp_samples: samples },
    ],
  }
  const file = { rule_files: [rules], evaluation_interval: `${evaluationS(minutes)}s`, tests: [test] }
  const path = join(folder, 'test.json')
  await writeFile(path, JSON.stringify(file))
  const { stdout, stderr } = await run('promtool', ['test', 'rules', path]).catch(
    (error: { stdout: string; stderr: string }) => error,
  )
  return stdout + stderr
}

const silent: Fault = Object.fromEntries(Object.keys(wellEnvironment).map((key) => [key, 'none'] as const))
const away: Fault = { ...silent, 'up ': 0, 'vwo_hub_redis_up ': 'none' }
const nothingPublished: Fault = {
  'vwo_hub_settings_revision ': 0,
  'vwo_hub_settings_last_success_timestamp_seconds ': 0,
}
/** So many minutes after the fault began, in seconds since 1970. */
const after = (minutes: number) => (FAULT_AT_M + minutes) * 60

describe('one alert fires, and no other, of the zone that it is in,', () => {
  it('within two minutes', async () => {
    const zones: readonly Zone[] = [
      { zone: 'all hubs down', alert: 'VwoHubDown', fault: away },
      { zone: 'one hub down', alert: 'VwoHubOneDown', fault: away, otherHub: {} },
      { zone: 'Redis away', alert: 'VwoHubRedisDown', fault: { 'vwo_hub_redis_up ': 0 } },
      {
        zone: 'Redis away from one',
        alert: 'VwoHubRedisDown',
        fault: { 'vwo_hub_redis_up ': 0 },
        otherHub: {},
      },
      {
        zone: 'Redis full',
        alert: 'VwoHubRedisTakesNoWrites',
        fault: { 'vwo_hub_redis_no_writes reason="OOM"': 1 },
      },
      { zone: 'nothing published', alert: 'VwoSettingsNeverPublished', fault: nothingPublished },
      {
        zone: 'nothing published, key refused',
        alert: 'VwoSettingsNeverPublished',
        fault: { ...nothingPublished, 'vwo_hub_failing result="vwo-refused"': 1 },
      },
      { zone: 'VWO away', alert: 'VwoUnreachable', fault: { 'vwo_hub_failing result="vwo-unreachable"': 1 } },
      { zone: 'key refused', alert: 'VwoUnreachable', fault: { 'vwo_hub_failing result="vwo-refused"': 1 } },
      {
        zone: 'refused',
        alert: 'VwoSettingsRefused',
        fault: { 'vwo_hub_failing result="settings-refused"': 1 },
      },
      { zone: 'internal', alert: 'VwoHubFault', fault: { 'vwo_hub_failing result="internal"': 1 } },
      { zone: 'foreign', alert: 'VwoHubForeign', fault: { 'vwo_hub_foreign_hubs ': 1 } },
      { zone: 'lagging', alert: 'VwoNodesLagging', fault: { 'vwo_hub_nodes state="lagging"': 1 } },
      { zone: 'ahead', alert: 'VwoNodesAhead', fault: { 'vwo_hub_nodes state="ahead"': 1 } },
      { zone: 'starting', alert: 'VwoNodesStale', fault: { 'vwo_hub_nodes state="starting"': 1 } },
      { zone: 'no nodes', alert: 'VwoNodesGone', fault: { 'vwo_hub_nodes state="current"': 0 } },
      {
        zone: 'held',
        alert: 'VwoSettingsHeld',
        fault: { 'vwo_hub_held_until_timestamp_seconds ': after(5) },
      },
      {
        zone: 'released by time',
        alert: 'VwoSettingsReleased',
        fault: { 'vwo_hub_fetches_total trigger="guard",result="published"': 1 },
        otherHub: {},
      },
      {
        zone: 'wrong secret',
        alert: 'VwoWebhooksRefused',
        fault: { 'vwo_hub_webhooks_total result="refused"': '+1' },
      },
      {
        zone: 'poll alone',
        alert: 'VwoWebhooksMissing',
        fault: { 'vwo_hub_fetches_total trigger="poll",result="published"': 2 },
        otherHub: {},
      },
      { zone: 'all well', fault: {} },
      { zone: 'pinned', fault: { 'vwo_hub_pinned ': 1 } },
      {
        zone: 'webhooks and polls',
        fault: {
          'vwo_hub_fetches_total trigger="poll",result="published"': 2,
          'vwo_hub_webhooks_total result="accepted"': 2,
        },
      },
      { zone: 'few refused webhooks', fault: { 'vwo_hub_webhooks_total result="refused"': 3 } },
    ]
    expect(await tryRules(zones, 2)).toMatch(/SUCCESS\s*$/)
  })

  it('and still after hours', async () => {
    const unheard: Fault = { 'vwo_hub_settings_last_success_timestamp_seconds ': after(0) }
    const zones: readonly Zone[] = [
      {
        zone: 'VWO away',
        alert: 'VwoUnreachable',
        fault: { ...unheard, 'vwo_hub_failing result="vwo-unreachable"': 1 },
      },
      {
        zone: 'Redis away, and what came from it as it was',
        alert: 'VwoHubRedisDown',
        fault: {
          ...unheard,
          'vwo_hub_redis_up ': 0,
          'vwo_hub_failing result="vwo-unreachable"': 1,
          'vwo_hub_failing result="settings-refused"': 1,
          'vwo_hub_failing result="internal"': 1,
          'vwo_hub_nodes state="lagging"': 1,
          'vwo_hub_nodes state="ahead"': 1,
          'vwo_hub_nodes state="stale"': 1,
        },
      },
      {
        zone: 'Redis away, as it was before anything was published, and without nodes',
        alert: 'VwoHubRedisDown',
        fault: { ...nothingPublished, 'vwo_hub_redis_up ': 0, 'vwo_hub_nodes state="current"': 0 },
      },
      {
        zone: 'Redis full, so that nobody can report',
        alert: 'VwoHubRedisTakesNoWrites',
        fault: {
          ...unheard,
          'vwo_hub_redis_no_writes reason="OOM"': 1,
          'vwo_hub_nodes state="current"': 0,
        },
      },
      { zone: 'nobody asks VWO', alert: 'VwoSettingsStale', fault: unheard },
      { zone: 'a pin is forgotten', alert: 'VwoSettingsPinnedLong', fault: { 'vwo_hub_pinned ': 1 } },
      { zone: 'all well', fault: {} },
    ]
    expect(await tryRules(zones, 252)).toMatch(/SUCCESS\s*$/)
  })

  it('also when no hub can be found at all', async () => {
    const nowhere = { zone: 'none', fault: { ...away, 'up ': 'none' as const } }
    expect(await tryRules([nowhere], 7)).toContain('got: {alertname="VwoHubDown"} 1E+00')
  })
})

it('every alert leads to a place in docs/operations.md', async () => {
  const { groups } = z
    .object({
      groups: z.array(
        z.object({
          rules: z.array(z.object({ alert: z.string(), annotations: z.object({ runbook_url: z.string() }) })),
        }),
      ),
    })
    .parse(parse(await readFile(rules, 'utf8')))
  const text = await readFile(join(import.meta.dirname, '../../docs/operations.md'), 'utf8')
  const places = new Set(
    [...text.matchAll(/<a id="([\w-]+)">|^## (\w+)$/gm)].map(([, id, title]) => id ?? title?.toLowerCase()),
  )
  for (const { alert, annotations } of groups.flatMap(({ rules: all }) => all)) {
    const [page, place = ''] = annotations.runbook_url.split('#')
    expect(page, alert).toBe('https://github.com/vwo-hub/vwo-hub/blob/main/docs/operations.md')
    expect([...places], alert).toContain(place)
  }
})
