import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { init } from 'echarts'
import type { Series } from './figure.ts'
import type { Results } from './results.ts'

/** Colours of one of GitHub's two looks. The background stays the page's; it is what hollow points are filled with. */
interface Look {
  readonly name: 'light' | 'dark'
  readonly background: string
  readonly text: string
  readonly lines: string
  readonly colors: readonly string[]
}

const looks: readonly Look[] = [
  {
    name: 'light',
    background: '#ffffff',
    text: '#1f2328',
    lines: '#d1d9e0',
    colors: ['#0969da', '#bc4c00', '#1a7f37', '#8250df'],
  },
  {
    name: 'dark',
    background: '#0d1117',
    text: '#f0f6fc',
    lines: '#3d444d',
    colors: ['#4493f8', '#f0883e', '#3fb950', '#ab7df8'],
  },
]

const font = '-apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif'

interface Chart {
  readonly chart: Series['chart']
  readonly title: string
  readonly x: string
  readonly nameOfX: (value: number) => string
}

const count = (value: number): string => value.toLocaleString('en')
const size = (bytes: number): string => (bytes >= 1e6 ? `${bytes / 1e6} MB` : `${bytes / 1e3} kB`)

const charts: readonly Chart[] = [
  { chart: 'latency', title: 'Webhook → last node has swapped', x: 'nodes', nameOfX: count },
  { chart: 'swap', title: 'Swap to other settings', x: 'size of the settings-file', nameOfX: size },
  { chart: 'campaigns', title: 'By number of campaigns', x: 'campaigns', nameOfX: count },
  {
    chart: 'environments',
    title: 'Hub start → all environments published',
    x: 'environments',
    nameOfX: count,
  },
]

/** Writes each chart that there are series for, as `NAME-light.svg` and `NAME-dark.svg`. */
export async function writeCharts(folder: string, { series }: Pick<Results, 'series'>): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const chart of charts) {
    const own = series.filter((each) => each.chart === chart.chart)
    if (own.length === 0) continue
    for (const look of looks) {
      await writeFile(join(folder, `${chart.chart}-${look.name}.svg`), `${drawn(chart, own, look)}\n`)
    }
  }
}

/** Medians over what grows, both axes logarithmic: a straight line of slope one is linear growth. */
function drawn({ title, x, nameOfX }: Chart, series: readonly Series[], look: Look): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: 760, height: 440 })
  const axis = {
    type: 'log' as const,
    nameLocation: 'middle' as const,
    nameTextStyle: { color: look.text, fontSize: 13 },
    axisLabel: { color: look.text, fontSize: 12 },
    axisLine: { lineStyle: { color: look.text } },
    splitLine: { lineStyle: { color: look.lines } },
  }
  const xs = series.flatMap(({ points }) => points.map((point) => point.x))
  // A floor has the colour of what it is the floor of.
  const names = [...new Set(series.map(({ name }) => name.replace(/, floor$/, '')))]
  chart.setOption({
    animation: false,
    backgroundColor: 'transparent',
    textStyle: { fontFamily: font },
    title: { text: title, left: 'center', textStyle: { color: look.text, fontSize: 16 } },
    legend: { bottom: 0, textStyle: { color: look.text, fontSize: 12 }, itemWidth: 34, itemGap: 26 },
    grid: { left: 76, right: 28, top: 44, bottom: 92 },
    xAxis: {
      ...axis,
      name: x,
      nameGap: 30,
      min: Math.min(...xs),
      max: Math.max(...xs),
      axisLabel: { ...axis.axisLabel, formatter: nameOfX },
    },
    yAxis: {
      ...axis,
      name: 'milliseconds, median',
      nameGap: 54,
      axisLabel: { ...axis.axisLabel, formatter: (value: number) => value.toLocaleString('en') },
    },
    series: series.map(({ name, isFloor = false, points }) => {
      const color = look.colors[names.indexOf(name.replace(/, floor$/, '')) % look.colors.length] ?? look.text
      return {
        name,
        type: 'line' as const,
        data: points.map((point) => [point.x, point.y]),
        symbol: 'circle',
        symbolSize: 7,
        itemStyle: { color: isFloor ? look.background : color, borderColor: color, borderWidth: 2 },
        lineStyle: { color, width: 2, type: isFloor ? ('dashed' as const) : ('solid' as const) },
      }
    }),
  })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return svg
}
