import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createClient } from '@vwo-hub/client'
import vwoSdk from 'vwo-node-sdk'
import { expect, it, onTestFinished } from 'vitest'
import { sha256Of } from '@vwo-hub/protocol'
import { decidesFor, settingsFile } from '../support/settings-file.ts'

const settings = settingsFile({ campaigns: [decidesFor('checkout', 'green')] })
const text = JSON.stringify(settings)

/** A hub at a path, behind a proxy. */
async function startProxy(etag: string) {
  const asked: (string | undefined)[] = []
  const server = createServer((request, response) => {
    asked.push(request.url)
    response.writeHead(200, { etag, 'vwo-hub-revision': '7' }).end(text)
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  /** What an app decides with that does not reach Redis, or what it says. */
  const read = async (path: string) => {
    await using client = createClient({
      environment: 'prod',
      redis: 'redis://127.0.0.1:1',
      hub: { url: `http://127.0.0.1:${port}${path}` },
      ...{ sdk: vwoSdk, launch: { isDevelopmentMode: true } },
    })
    const told = new Promise<string>((resolve) =>
      client.on('error', ({ code, message }) => {
        if (code === 'hub-unreachable') resolve(message)
      }),
    )
    return await Promise.race([client.ready().then(() => client.settings()), told])
  }
  return { asked, read }
}

it('the path of the URL of a hub is kept, with or without a slash at its end', async () => {
  const { asked, read } = await startProxy(`"${sha256Of(text)}"`)
  for (const path of ['', '/', '/vwo-hub', '/vwo-hub/'])
    expect(await read(path)).toMatchObject({ settingsFile: settings, revision: 7, source: 'hub' })
  const question = '/v1/environments/prod/settings?after=0&waitMs=0'
  expect(asked).toEqual([question, question, `/vwo-hub${question}`, `/vwo-hub${question}`])
})

it('the tag of a hub may be weak, as a proxy that compresses makes it, and has to be of the text', async () => {
  const weak = await startProxy(`W/"${sha256Of(text)}"`)
  expect(await weak.read('')).toMatchObject({ settingsFile: settings })
  const other = await startProxy(`W/"${sha256Of('other')}"`)
  expect(await other.read('')).toMatch(/checksum/)
})
