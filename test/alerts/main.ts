/**
 * `npm run alerts`: a real Prometheus with the rules of `deploy/`, and in each of its zones something else that really goes wrong.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { findFreePort } from '@vwo-hub/sandbox'
import { z } from 'zod'
import { until } from '../support/until.ts'
import { faults } from './fault.ts'
import { startZone } from './zone.ts'

const rules = fileURLToPath(new URL('../../deploy/prometheus-alerts.yml', import.meta.url))
/** As in `deploy/compose/prometheus.yml`, in seconds. */
const SCRAPE_S = 15
/** What is promised, and one look of Prometheus at hubs and one at its rules, in seconds. */
const PROMISED_S = 120 + 2 * SCRAPE_S
const answerSchema = z.object({
  data: z.object({
    alerts: z.array(
      z.object({
        state: z.string(),
        labels: z.object({ alertname: z.string(), zone: z.string().optional() }),
      }),
    ),
  }),
})

const countSchema = z.object({
  data: z.object({ result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })) }),
})

const folder = await mkdtemp(join(tmpdir(), 'vwo-hub-alerts-'))
const zones = await Promise.all(faults.map(({ name, hubs = 1 }) => startZone(name, hubs)))
const port = await findFreePort()
await writeFile(
  join(folder, 'prometheus.json'),
  JSON.stringify({
    global: { scrape_interval: `${SCRAPE_S}s`, evaluation_interval: `${SCRAPE_S}s` },
    rule_files: [rules],
    scrape_configs: [
      {
        job_name: 'vwo-hub',
        static_configs: zones.map(({ name, targets }) => ({ targets, labels: { zone: name } })),
      },
    ],
  }),
)
const prometheus = spawn(
  'prometheus',
  [
    `--config.file=${join(folder, 'prometheus.json')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ],
  { stdio: 'ignore' },
)

/** What fires now: `zone: alert`. */
async function firing(): Promise<string[]> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/alerts`).catch(() => undefined)
  if (answer?.ok !== true) return ['Prometheus does not answer']
  const { data } = answerSchema.parse(await answer.json())
  return data.alerts
    .filter(({ state }) => state === 'firing')
    .map(({ labels }) => `${labels.zone ?? ''}: ${labels.alertname}`)
    .toSorted()
}

/** @returns In how many zones a rule that looks back finds an app. */
async function zonesLookedBackAt(): Promise<number> {
  const nodes = 'sum without (state) (max without (instance, pod) (vwo_hub_nodes))'
  const query = new URLSearchParams({ query: `count(max_over_time(${nodes}[1h:1m]) > 0)` })
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query?${query.toString()}`)
  const [found] = countSchema.parse(await answer.json()).data.result
  return Number(found?.value[1] ?? 0)
}

const secondsSince = (moment: number): number => Math.round((performance.now() - moment) / 1000)

async function inEachZone(what: 'begin' | 'mend'): Promise<void> {
  await Promise.all(zones.map(async (zone, index) => faults[index]?.[what]?.(zone)))
}

/** @returns Whether all is as it should be. */
async function play(): Promise<boolean> {
  await until(firing, (alerts) => alerts.length === 0)
  console.log(`${zones.length} zones are up, and nothing fires.`)
  // Rules that look back know a good time of every zone then.
  await until(zonesLookedBackAt, (count) => count === zones.length, 240_000)
  const early = await firing()
  if (early.length > 0) console.log(`FIRED BEFORE ANY FAULT: ${early.join(', ')}`)

  const wanted = faults
    .flatMap(({ name, alert }) => (alert === undefined ? [] : [`${name}: ${alert}`]))
    .toSorted()
  const begun = performance.now()
  await inEachZone('begin')
  const firedAfter = new Map<string, number>()
  // Also what comes late, or without a reason, is looked for: to the end of the time.
  while (secondsSince(begun) < PROMISED_S) {
    for (const alert of await firing()) if (!firedAfter.has(alert)) firedAfter.set(alert, secondsSince(begun))
    await delay(1000)
  }
  for (const alert of wanted)
    console.log(`${alert} ${firedAfter.has(alert) ? `after ${firedAfter.get(alert)} s` : 'DID NOT FIRE'}`)
  const others = [...firedAfter.keys()].filter((alert) => !wanted.includes(alert))
  if (others.length > 0) console.log(`FIRED WITHOUT A REASON: ${others.join(', ')}`)

  const mended = performance.now()
  await inEachZone('mend')
  const left = await until(firing, (alerts) => alerts.length === 0, 180_000).catch(firing)
  console.log(
    left.length === 0
      ? `Silent ${secondsSince(mended)} s after all was mended.`
      : `STILL FIRES: ${left.join(', ')}`,
  )
  return early.length + others.length + left.length === 0 && wanted.every((alert) => firedAfter.has(alert))
}

try {
  process.exitCode = (await play()) ? 0 : 1
} finally {
  prometheus.kill('SIGKILL')
  await Promise.all(zones.map((zone) => zone.close()))
  await rm(folder, { recursive: true, force: true })
}
// Not left to end by itself: what a fault has cut off may wait for long.
process.exit()
