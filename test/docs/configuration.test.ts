import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { readConfig } from '../../packages/hub/dist/config/config.js'

const root = join(import.meta.dirname, '../..')

interface Row {
  readonly name: string
  readonly fallback: string | undefined
  readonly example: string | undefined
}

const minimal = {
  REDIS_URL: 'redis://127.0.0.1:6379',
  VWO_ACCOUNT_ID: '123456',
  VWO_SDK_KEY: 'the-sdk-key',
  VWO_WEBHOOK_SECRETS: 'the-secret',
}
const noFile = (): string => expect.fail('no file is named')

describe('the page about configuration', () => {
  let page: string
  let rows: Row[]
  beforeAll(async () => {
    page = await readFile(join(root, 'docs/configuration.md'), 'utf8')
    const table = page.matchAll(/^\| `([A-Z_]+)` +\|([^|]*)\|[^|]*\|([^|]*)\|$/gm)
    const codeIn = (cell = '') => /`([^`]*)`/.exec(cell)?.[1]
    rows = [...table].map(([, name = '', fallback, example]) => ({
      name,
      fallback: codeIn(fallback),
      example: codeIn(example),
    }))
  })

  it('has a row for every variable, and for no other', async () => {
    const folder = join(root, 'packages/hub/dist/config')
    const files = (await readdir(folder)).filter((file) => file.endsWith('.js'))
    const sources = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
    const read = sources.flatMap((source) =>
      [...source.matchAll(/'((?:HUB|VWO|REDIS|HTTPS?|NO)_[A-Z_]*[A-Z])'/g)].map(([, name = '']) => name),
    )
    expect(rows.map(({ name }) => name).toSorted()).toEqual([...new Set(read)].toSorted())
  })

  it('gives the defaults that are in force', () => {
    const expected = readConfig(minimal, noFile)
    const withDefault = rows.filter(({ fallback }) => fallback !== undefined)
    expect(withDefault.length).toBeGreaterThan(10)
    for (const { name, fallback } of withDefault) {
      expect(readConfig({ ...minimal, [name]: fallback }, noFile), name).toEqual(expected)
    }
  })

  it('gives examples that are accepted', () => {
    const ofOne = rows.filter(({ name, example }) => example !== undefined && !/^REDIS|HUB_CONFIG/.test(name))
    for (const { name, example } of ofOne) {
      const env = { ...minimal, HUB_ADMIN_TOKEN: 'the-admin-token-of-hubs', [name]: example }
      expect(() => readConfig(env, noFile), name).not.toThrow()
    }
  })

  it('shows a file of environments that is accepted', () => {
    const [, file = ''] = /^```json\n(.*?)^```/ms.exec(page) ?? []
    const files: Record<string, string> = {
      '/etc/vwo-hub/hub.json': file,
      '/etc/vwo-hub/secrets/prod-sdk-key': 'key-of-prod',
    }
    const config = readConfig(
      {
        REDIS_URL: minimal.REDIS_URL,
        HUB_CONFIG: '/etc/vwo-hub/hub.json',
        PROD_WEBHOOK_SECRETS: 'secret-of-prod',
      },
      (path) => files[path] ?? expect.fail(`${path} is not there`),
    )
    expect(config.environments).toMatchObject([
      { name: 'prod', sdkKey: 'key-of-prod', webhookSecrets: ['secret-of-prod'] },
      { name: 'staging', baseUrl: 'https://eu.vwo.example' },
    ])
  })
})
