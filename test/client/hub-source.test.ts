import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { sha256Of } from '@vwo-hub/protocol'
import { fallbackSources } from '../../packages/client/dist/sources/fallback-sources.js'

const text = '{"version":1}'

/** A hub at a path, behind a proxy. */
async function startProxy(etag: string) {
  const asked: (string | undefined)[] = []
  const server = createServer((request, response) => {
    asked.push(request.url)
    response.writeHead(200, { etag, 'vwo-hub-revision': '7' }).end(text)
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const read = (path: string) =>
    fallbackSources({
      environment: 'prod',
      product: 'fullstack',
      hub: { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}` },
      cacheFile: undefined,
      initialSettings: undefined,
      isImpossible: () => false,
    })[0]?.()
  return { asked, read }
}

it('the path of the URL of a hub is kept, with or without a slash at its end', async () => {
  const { asked, read } = await startProxy(`"${sha256Of(text)}"`)
  for (const path of ['', '/', '/vwo-hub', '/vwo-hub/'])
    expect(await read(path)).toMatchObject({ text, revision: 7, source: 'hub' })
  const settings = '/v1/environments/prod/settings?after=0&waitMs=0'
  expect(asked).toEqual([settings, settings, `/vwo-hub${settings}`, `/vwo-hub${settings}`])
})

it('the tag of a hub may be weak, as a proxy that compresses makes it, and has to be of the text', async () => {
  expect(await (await startProxy(`W/"${sha256Of(text)}"`)).read('')).toMatchObject({ text })
  await expect((await startProxy(`W/"${sha256Of('other')}"`)).read('')).rejects.toThrow(/checksum/)
})
