import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { sampleSettingsFile as fmeSample } from '../../packages/hub/dist/product/fme/sample.js'
import { sampleSettingsFile as fullstackSample } from '../../packages/hub/dist/product/fullstack/sample.js'
import { createPublisher } from '../support/publisher.ts'
import { until } from '../support/until.ts'

/** What is published, what is seen of it, and what everybody gets after the update; the example itself says of which product. */
const products = {
  fullstack: {
    sample: fullstackSample,
    first: /\b(?:Control|Green)\b/,
    blue: { id: 1, name: 'Blue', weight: 100, changes: {} },
  },
  fme: {
    sample: fmeSample,
    first: /\bBuy\b/,
    blue: {
      ...{ id: 1, name: 'Blue', weight: 100, segments: {} },
      variables: [{ id: 1, key: 'label', type: 'string', value: 'Blue' }],
    },
  },
} as const

/** The sample, in which everybody gets a variation that it has not. */
function turnedBlue({ sample, blue }: { readonly sample: string; readonly blue: object }): string {
  return JSON.stringify(
    JSON.parse(sample, function (this: { key?: string }, name: string, value: unknown): unknown {
      return name === 'variations' && this.key?.startsWith('checkout-button') === true ? [blue] : value
    }),
  )
}

/** Which product the example in a folder is for. */
async function productIn(folder: string): Promise<keyof typeof products> {
  const manifest = await readFile(join(folder, 'package.json'), 'utf8')
  return manifest.includes('"vwo-fme-node-sdk"') ? 'fme' : 'fullstack'
}

/** What an example was seen to do. */
export interface Followed {
  /** From its start to the first decision, in milliseconds. */
  readonly startMs: number
  /** From an update to a decision with it, in milliseconds. */
  readonly updateMs: number
}

/**
 * Runs the program of an example: it has to decide with the settings of `vwo-hub dev`, to follow an update, and to end by
 * itself when it is asked to.
 *
 * @param options.command - As in its `package.json`.
 * @param options.environment - Where to publish, and what it follows.
 * @throws with all that it has printed
 */
export async function follow(options: {
  readonly command: string
  readonly folder: string
  readonly redisUrl: string
  readonly environment: string
  readonly port: number
}): Promise<Followed> {
  const { command, folder, redisUrl, environment, port } = options
  const name = await productIn(folder)
  const product = products[name]
  const publisher = await createPublisher(redisUrl, environment, name)
  await publisher.publish(product.sample)
  const startedAt = performance.now()
  const child = spawn('sh', ['-c', `exec ${command}`], {
    cwd: folder,
    env: {
      ...{ HOME: process.env['HOME'], REDIS_URL: redisUrl, VWO_ENVIRONMENT: environment, PORT: String(port) },
      PATH: [join(folder, 'node_modules/.bin'), process.env['PATH']].join(delimiter),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (printed += text))
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  const decides = (names: RegExp) =>
    until(
      () => answer(child, printed),
      (text) => names.test(text),
      30_000,
    )
  try {
    await decides(product.first)
    const publishedAt = performance.now()
    await publisher.publish(turnedBlue(product))
    await decides(/\bBlue\b/)
    const seenAt = performance.now()
    child.kill()
    const [code, signal] = await ended
    // Frameworks may hand on the signal, or the code that shells make of it.
    if (code !== 0 && code !== 143 && signal !== 'SIGTERM')
      throw new Error(`expected that it ends when asked to, got ${code ?? signal}`)
    return { startMs: Math.round(publishedAt - startedAt), updateMs: Math.round(seenAt - publishedAt) }
  } catch (error) {
    throw new Error(`${String(error)}\n${printed}`, { cause: error })
  } finally {
    child.kill('SIGKILL')
    publisher.close()
  }
}

/** What it decides: it is asked over HTTP where it says an address, and prints it otherwise. */
async function answer(child: ChildProcess, printed: string): Promise<string> {
  if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`)
  const url = /http:\/\/[\w.[\]:]+/.exec(printed)?.[0]
  if (url === undefined) return printed
  const response = await fetch(`${url}/checkout?user=ann`).catch(() => undefined)
  return (await response?.text()) ?? ''
}
