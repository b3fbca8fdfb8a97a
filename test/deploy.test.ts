import { readFile } from 'node:fs/promises'
import * as prometheus from 'prom-client'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { createClientMetrics } from '@vwo-hub/client/metrics'
import { parseExposition, type Family, type Sample } from './support/exposition.ts'
import { createSilentHub, environmentConfig, hubConfig } from './support/hub-config.ts'
import { referencesOf } from './support/promql.ts'

/** Added by Prometheus to what it scrapes. */
const SCRAPE_LABELS = ['instance', 'job', 'pod']

const deploy = new URL('../deploy/', import.meta.url)

const dashboardSchema = z.object({
  annotations: z.object({ list: z.array(z.object({ expr: z.string() })) }),
  templating: z.object({ list: z.array(z.object({ name: z.string(), query: z.string() })) }),
  panels: z.array(
    z.object({
      id: z.number(),
      title: z.string(),
      gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
      targets: z.array(z.object({ expr: z.string(), legendFormat: z.string() })).default([]),
    }),
  ),
})

const alertsSchema = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({
          alert: z.string(),
          expr: z.string(),
          labels: z.object({ severity: z.enum(['critical', 'warning', 'info']) }),
          annotations: z.object({ summary: z.string(), description: z.string() }),
        }),
      ),
    }),
  ),
})

const dashboard = dashboardSchema.parse(
  JSON.parse(await readFile(new URL('grafana-dashboard.json', deploy), 'utf8')),
)
const alerts = alertsSchema.parse(parse(await readFile(new URL('prometheus-alerts.yml', deploy), 'utf8')))
const rules = alerts.groups.flatMap((group) => group.rules)

/** Everything that a hub and a client export once each of their parts has something to tell. */
async function exported(): Promise<Map<string, Family>> {
  const hub = createSilentHub(
    hubConfig({
      // Where nothing answers.
      redis: { kind: 'standalone', url: 'redis://127.0.0.1:1' },
      environments: [environmentConfig({ name: 'prod' })],
      ...{ appHost: '127.0.0.1', appPort: 0 },
    }),
  )
  const { adminUrl } = await hub.start()
  const ofHub = await (await fetch(`${adminUrl}/metrics`)).text()
  await hub.close()
  const register = new prometheus.Registry()
  const listeners = new Map<string, (event: never) => void>()
  createClientMetrics({
    client: {
      on: (name, listener) => void listeners.set(name, listener),
      off: () => {},
      status: { state: 'ready', revision: 1, source: 'redis', confirmedAt: 1 },
    },
    environment: 'prod',
    prometheus,
    register,
  })
  listeners.get('update')?.({ lagMs: 0, swapMs: 1 } as never)
  listeners.get('error')?.({ code: 'settings-refused' } as never)
  return new Map([...parseExposition(ofHub), ...parseExposition(await register.metrics())])
}

const families = await exported()

function samplesOf(metric: string): Sample[] {
  return [...families.values()].flatMap(({ samples }) => samples.filter(({ name }) => name === metric))
}

/** What Prometheus itself has of each target. */
const ofPrometheus = new Set(['up'])

/** The labels of what is exported, of all metrics in the expression together. */
function labelsOf(expression: string): Set<string> {
  return new Set(
    referencesOf(expression).selectors.flatMap(({ metric }) =>
      samplesOf(metric).flatMap(({ labels }) => Object.keys(labels)),
    ),
  )
}

/** Fails for every name, label and value in the expression that nobody exports. */
function expectExported(expression: string): void {
  // Variables of Grafana.
  const { selectors, grouping } = referencesOf(
    expression.replace(/\$__(rate_interval|range|interval)/g, '5m'),
  )
  expect(selectors.length, expression).toBeGreaterThan(0)
  const labels = new Set(SCRAPE_LABELS)
  for (const { metric, matchers } of selectors) {
    if (ofPrometheus.has(metric)) continue
    const samples = samplesOf(metric)
    expect(samples.length, `${metric} in ${expression}`).toBeGreaterThan(0)
    const own = new Set(samples.flatMap((sample) => Object.keys(sample.labels)))
    for (const label of own) labels.add(label)
    for (const { label, value } of matchers) {
      expect([...own, ...SCRAPE_LABELS], `${label} of ${metric} in ${expression}`).toContain(label)
      const values = samples.map((sample) => sample.labels[label])
      const wanted = value.split('|').filter((each) => each !== '$environment')
      for (const each of wanted) expect(values, `${label} of ${metric} in ${expression}`).toContain(each)
    }
  }
  for (const label of grouping) expect([...labels], `grouping in ${expression}`).toContain(label)
}

describe('the alert rules', () => {
  it.each(rules.map((rule) => [rule.alert, rule] as const))(
    '%s asks for what is exported',
    (_alert, rule) => {
      expectExported(rule.expr)
      const told = JSON.stringify(rule.annotations).matchAll(/\$labels\.(\w+)/g)
      for (const [, label = ''] of told) expect([...labelsOf(rule.expr), ...SCRAPE_LABELS]).toContain(label)
    },
  )
})

describe('the dashboard', () => {
  const targets = dashboard.panels.flatMap(({ title, targets: all }) =>
    all.map((each) => [title, each] as const),
  )

  it.each(targets)('"%s" shows what is exported', (_title, { expr, legendFormat }) => {
    expectExported(expr)
    const { grouping } = referencesOf(expr.replace(/\$__(rate_interval|range|interval)/g, '5m'))
    for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) {
      expect([...grouping, ...SCRAPE_LABELS]).toContain(label)
    }
  })

  it('marks revisions and chooses environments by what is exported', () => {
    for (const { expr } of dashboard.annotations.list) expectExported(expr)
    const query = dashboard.templating.list.find(({ name }) => name === 'environment')?.query ?? ''
    const [, metric = '', label = ''] = /^label_values\((\w+), (\w+)\)$/.exec(query) ?? []
    expect(samplesOf(metric).map(({ labels }) => labels[label])).toContain('prod')
  })

  it('shows every metric of the hub', () => {
    const shown = new Set(
      targets.flatMap(([, { expr }]) =>
        referencesOf(expr.replace(/\$__(rate_interval|range|interval)/g, '5m')).selectors.map(({ metric }) =>
          metric.replace(/_bucket$/, ''),
        ),
      ),
    )
    const all = [...families.keys()].filter((name) => name.startsWith('vwo_hub_'))
    expect(all.filter((name) => !shown.has(name))).toEqual([])
  })

  it('has no panel over another', () => {
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
    )
    expect(new Set(cells).size).toBe(cells.length)
    expect(Math.max(...dashboard.panels.map(({ gridPos: { x, w } }) => x + w))).toBeLessThanOrEqual(24)
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length)
  })
})

it('docs/metrics.md explains every metric, and no other', async () => {
  const text = await readFile(new URL('../docs/metrics.md', import.meta.url), 'utf8')
  const explained = new Set([...text.matchAll(/^\| `(vwo_\w+)`/gm)].map(([, name = '']) => name))
  const all = [...families.keys()].filter((name) => name.startsWith('vwo_'))
  expect(explained).toEqual(new Set(all))
  const results = new Set(samplesOf('vwo_hub_fetches_total').map(({ labels }) => labels['result']))
  expect(results.size).toBeGreaterThan(9)
  for (const result of results) expect(text).toContain(`\`${result}\``)
})
