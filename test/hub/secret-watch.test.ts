import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { watchSecrets } from '../../packages/hub/dist/config/secret-watch.js'

const environment = (keyFile: string) => ({
  prod: { accountId: 123_456, sdkKeyFile: keyFile, webhookSecrets: ['the-webhook-secret'] },
})
const configOf = (keyFile: string) => JSON.stringify({ environments: environment(keyFile) })

/** A file of `HUB_CONFIG`, a key in a file behind it, and what the watch has told of both: faults, and sdkKeys taken. */
async function setUp() {
  const folder = await mkdtemp(join(tmpdir(), 'vwo-hub-watch-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const write = async (name: string, content: string) => await writeFile(join(folder, name), content)
  await write('hub.json', configOf('key'))
  await write('key', 'the-first-sdk-key')
  const told: string[] = []
  const watch = watchSecrets({
    env: { REDIS_URL: 'redis://127.0.0.1', HUB_CONFIG: join(folder, 'hub.json') },
    onChange: ({ environments }) => told.push(...environments.map(({ sdkKey }) => sdkKey)),
    onFault: () => told.push('fault'),
  })
  onTestFinished(watch.close)
  return { write, watch, told }
}

it('a fault is told once for each content of the files, also of those that it keeps from being read', async () => {
  const { write, watch, told } = await setUp()
  await write('hub.json', '{')
  await watch.look()
  await watch.look()
  await watch.look()
  expect(told).toEqual(['fault'])
  await write('key', 'the-second-sdk-key')
  await watch.look()
  await watch.look()
  expect(told).toEqual(['fault', 'fault'])
  await write('hub.json', configOf('key'))
  await watch.look()
  await watch.look()
  expect(told).toEqual(['fault', 'fault', 'the-second-sdk-key'])
})

it('a fault is told once where somebody asks while several files change', async () => {
  const { write, watch, told } = await setUp()
  await write('hub.json', '{')
  await write('key', 'the-second-sdk-key')
  watch.readAgain()
  await watch.look()
  expect(told).toEqual(['fault'])
})

it('a file that is not there yet is taken when it comes', async () => {
  const { write, watch, told } = await setUp()
  await write('hub.json', configOf('another-key'))
  await watch.look()
  await watch.look()
  expect(told).toEqual(['fault'])
  await write('another-key', 'the-third-sdk-key')
  await watch.look()
  expect(told).toEqual(['fault', 'the-third-sdk-key'])
})
