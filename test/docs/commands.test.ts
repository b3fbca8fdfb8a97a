import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { keysOf } from '@vwo-hub/protocol'
import { startRedisServer, startVwoSimulator } from '@vwo-hub/sandbox'
import { Redis } from 'ioredis'
import { beforeAll, expect, it, onTestFinished } from 'vitest'
import { sampleSettingsFile } from '../../packages/hub/dist/product/fullstack/sample.js'
import { cliPath } from '../support/cli.ts'
import { account, webhookSecret } from '../support/hub-config.ts'
import { createPublisher } from '../support/publisher.ts'
import { isEverything } from '../support/runs.ts'
import { serveEnv } from '../support/serve-env.ts'
import { until } from '../support/until.ts'

const root = join(import.meta.dirname, '../..')
/** What `npm start --` runs, once everything is built. */
const vwoHub = `"${process.execPath}" "${cliPath}"`

let blocks: readonly string[]
beforeAll(async () => {
  const readme = await readFile(join(root, 'README.md'), 'utf8')
  blocks = [...readme.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block)
})

/** The block of the README that has this in it. */
function blockWith(part: string): string {
  const [block, ...others] = blocks.filter((each) => each.includes(part))
  if (block === undefined || others.length > 0) throw new Error(`expected one block with ${part}`)
  return block
}

function shell(script: string, env: NodeJS.ProcessEnv = {}) {
  const child = spawn('sh', ['-c', script], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const said = Promise.all([textOf(child.stdout), textOf(child.stderr), once(child, 'close')])
  return { child, said }
}

it('the commands to operate it with do what they are said to', async () => {
  const server = await startRedisServer()
  onTestFinished(server.close)
  const publisher = await createPublisher(server.url, 'default')
  onTestFinished(publisher.close)
  const first = await publisher.publish(sampleSettingsFile)
  await publisher.publish(sampleSettingsFile.replace('"percentTraffic": 50', '"percentTraffic": 90'))
  const lines = blockWith('npm start -- nodes').replaceAll('PORT', String(server.port)).split('\n')
  const [exported = '', ...commands] = lines.filter(Boolean)
  expect(exported).toMatch(/^export REDIS_URL=/)
  const outputs: string[] = []
  for (const command of commands) {
    const { said } = shell(`${exported}\n${command.replace('npm start --', vwoHub)}`)
    outputs.push((await said).slice(0, 2).join(''))
  }
  expect(outputs).toEqual([
    expect.stringContaining('No node of "default" has reported'),
    expect.stringContaining('traffic 50 → 90 %'),
    // It asks, and here nobody can be asked.
    expect.stringMatching(new RegExp(`${first}[^]*Expected --yes`)),
  ])
})

it('the commands to run it with one’s own account publish its settings-file, and take its webhooks', async () => {
  const server = await startRedisServer()
  onTestFinished(server.close)
  const settingsFile = sampleSettingsFile.replace('dev-sdk-key', account.sdkKey)
  const vwo = await startVwoSimulator({ ...account, settingsFile })
  onTestFinished(vwo.close)
  const block = blockWith('npx vwo-hub serve')
  const instead = /npx vwo-hub serve +# in this repository, without npm install: npm start -- (serve)$/m
  expect(block).toMatch(/^npm install @vwo-hub\/hub /)
  expect(block).toMatch(instead)
  const script = block
    .replace(/^npm install .*$/m, '')
    .replace('redis://localhost:6379', server.url)
    .replace('VWO_ACCOUNT_ID=123456', `VWO_ACCOUNT_ID=${account.accountId}`)
    .replace('VWO_SDK_KEY=…', `VWO_SDK_KEY=${account.sdkKey}`)
    .replace('VWO_WEBHOOK_SECRETS=…', `VWO_WEBHOOK_SECRETS=${webhookSecret}`)
    .replace(instead, `${vwoHub} $1`)
  expect(script).not.toContain('…')
  const { HUB_HOST, HUB_PORT, HUB_ADMIN_PORT, VWO_BASE_URL } = serveEnv({
    redisUrl: server.url,
    vwoUrl: vwo.url,
  })
  const env = { HUB_HOST, HUB_PORT, HUB_ADMIN_PORT, VWO_BASE_URL, HUB_DRAIN_MS: '0' }
  const { child, said } = shell(script, env)
  const publicUrl = new Promise<string>((resolve) => {
    child.stdout.on('data', (chunk) => {
      const [, url] = /"publicUrl":"([^"]+)"/.exec(String(chunk)) ?? []
      if (url !== undefined) resolve(url)
    })
  })
  const redis = new Redis(server.url)
  onTestFinished(() => {
    redis.disconnect()
  })
  const isPublished = async (text: string) =>
    await until(
      () => redis.get(keysOf('prod').settings),
      (settings) => settings === text,
    )
  await isPublished(settingsFile)
  const changed = settingsFile.replace('"percentTraffic": 50', '"percentTraffic": 90')
  await vwo.set(changed, { announce: false })
  const posted = await fetch(`${await publicUrl}/webhooks/prod`, {
    method: 'POST',
    headers: { 'x-vwo-auth': webhookSecret },
    body: '{}',
  })
  expect(posted.status).toBe(200)
  await isPublished(changed)
  process.kill(-(child.pid ?? 0), 'SIGTERM')
  expect((await said)[0]).toContain('"msg":"closed"')
})

// That all is packed that is needed each run of the chaos suite shows: npm takes long to bring what others publish.
if (isEverything) {
  it('what docs/deployment.md says about installing installs a hub that answers', async () => {
    const page = await readFile(join(root, 'docs/deployment.md'), 'utf8')
    const block = /^## Install$.*?^```sh\n(.*?)^```$/ms.exec(page)?.[1] ?? ''
    // It has been run before all tests.
    expect(block).toMatch(/^npm run pack /)
    const folder = await mkdtemp(join(tmpdir(), 'vwo-hub-test-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const install = block.split('\n')[1]?.replace('/opt/vwo-hub', folder) ?? ''
    const env = { ...process.env, npm_config_prefer_offline: 'true', npm_config_loglevel: 'error' }
    const script = `cd "${root}" && ${install} && "${folder}/node_modules/.bin/vwo-hub" schema status`
    const [out, error] = await shell(script, env).said
    expect(out, error).toContain('"verdict"')
  })
}
