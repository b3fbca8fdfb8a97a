import { execFileSync } from 'node:child_process'
import { mkdtemp, open, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { questionsOf as featureQuestionsOf } from '../../packages/hub/dist/dev/fme/questions.js'
import { questionsOf } from '../../packages/hub/dist/dev/fullstack/questions.js'
import { openSettingsFile } from '../../packages/hub/dist/dev/settings-source.js'
import { problemOf, watchSettingsFile } from '../../packages/hub/dist/dev/settings-watcher.js'
import { sampleSettingsFile as fmeSample } from '../../packages/hub/dist/product/fme/sample.js'
import { sampleSettingsFile } from '../../packages/hub/dist/product/fullstack/sample.js'
import { until } from '../support/until.ts'

async function temporaryFile(content?: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vwo-hub-test-'))
  onTestFinished(async () => {
    await rm(folder, { recursive: true, force: true })
  })
  const path = join(folder, 'settings.json')
  if (content !== undefined) await writeFile(path, content)
  return path
}

describe('the settings-file that dev serves', () => {
  it('is written where there is none, and is a settings-file with one campaign of each kind', async () => {
    const path = await temporaryFile()
    expect(await openSettingsFile(path, false, sampleSettingsFile)).toEqual({
      text: sampleSettingsFile,
      isNew: true,
      accountId: '123456',
      sdkKey: 'dev-sdk-key',
    })
    expect(await openSettingsFile(path, false, sampleSettingsFile)).toMatchObject({
      text: sampleSettingsFile,
      isNew: false,
    })
    expect(questionsOf(sampleSettingsFile)).toEqual([
      { unit: 'checkout-button', isFeature: false, variable: undefined },
      { unit: 'new-search', isFeature: true, variable: 'resultsPerPage' },
      { unit: 'discount', isFeature: true, variable: 'percent' },
    ])
  })

  it('is asked for features, with a variable of what their rules point to, where it is one of FME', () => {
    expect(featureQuestionsOf(fmeSample)).toEqual([
      { unit: 'new-search', isFeature: true, variable: 'label' },
      { unit: 'checkout-button', isFeature: true, variable: 'label' },
    ])
    for (const text of ['null', '{"features": [null, {"key": 5}]}', 'no JSON'])
      expect(featureQuestionsOf(text)).toEqual([])
  })

  it('names the account that the simulated VWO knows', async () => {
    const path = await temporaryFile('{"accountId": "7", "sdkKey": "mine"}')
    expect(await openSettingsFile(path, false, sampleSettingsFile)).toMatchObject({
      accountId: '7',
      sdkKey: 'mine',
    })
  })

  it('is refused when it is not JSON, unless it is to be served so', async () => {
    const path = await temporaryFile('{"accountId": 7,}')
    await expect(openSettingsFile(path, false, sampleSettingsFile)).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringContaining('--serve-broken'),
    })
    expect(await openSettingsFile(path, true, sampleSettingsFile)).toMatchObject({
      text: '{"accountId": 7,}',
      accountId: '123456',
    })
  })

  it('is refused where its folder is not there, with what to do about it', async () => {
    const path = join(await temporaryFile(), 'x.json')
    await expect(openSettingsFile(path, false, sampleSettingsFile)).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringMatching(/Name another, in a folder that is there: vwo-hub dev <file>\.$/),
    })
  })

  it('is refused when it cannot be read', async () => {
    await expect(openSettingsFile(tmpdir(), false, sampleSettingsFile)).rejects.toMatchObject({
      code: 'config-invalid',
    })
  })

  it.each(['null', '[]', '{"campaigns": {"1": {}}}', '{"campaigns": [null, 3, {"key": 5}]}', 'no JSON'])(
    'leads to no questions when there are no campaigns in it: %s',
    (text) => {
      expect(questionsOf(text)).toEqual([])
    },
  )
})

describe('watching a settings-file', () => {
  async function watched(options: { lookEveryMs?: number } = {}) {
    return watchedAt(await temporaryFile('{"version": 1}'), options)
  }

  function watchedAt(path: string, options: { lookEveryMs?: number } = {}) {
    const news: string[] = []
    const close = watchSettingsFile({
      path,
      current: '{"version": 1}',
      settleMs: 20,
      // Long enough to be out of the way of what the operating system reports.
      lookEveryMs: 60_000,
      ...options,
      onChange: (text, problem) => {
        news.push(problem === undefined ? text : `broken: ${text}`)
      },
      onMissing: () => {
        news.push('missing')
      },
    })
    onTestFinished(close)
    return { path, news, close }
  }

  /** A named pipe in its place: it is read until its last writer has closed it, and to open it for writing waits for a reader. */
  async function putPipe(path: string) {
    execFileSync('mkfifo', [`${path}.pipe`])
    await rename(`${path}.pipe`, path)
  }

  const told = (news: string[], count: number) =>
    until(
      () => news,
      ({ length }) => length === count,
    )

  it('tells a change that was written in place, and one that replaced the file', async () => {
    const { path, news } = await watched()
    await writeFile(path, '{"version": 2}')
    await told(news, 1)
    await writeFile(`${path}.new`, '{"version": 3}')
    await rename(`${path}.new`, path)
    await told(news, 2)
    await writeFile(path, '{"version": 4}')
    await told(news, 3)
    expect(news).toEqual(['{"version": 2}', '{"version": 3}', '{"version": 4}'])
  })

  it('tells what is wrong while it is not JSON, and is quiet about an empty file and the same content', async () => {
    const { path, news } = await watched({ lookEveryMs: 5 })
    await writeFile(path, '{"version": 2')
    await told(news, 1)
    await putPipe(path)
    for (const text of ['', '{"version": 2']) {
      const writer = await open(path, 'w')
      // The next look does not find this pipe again.
      await putPipe(path)
      await writer.writeFile(text)
      await writer.close()
    }
    // A look has begun after those two.
    const last = await open(path, 'w')
    expect(news).toEqual(['broken: {"version": 2'])
    await writeFile(`${path}.new`, '{"version": 3}')
    await rename(`${path}.new`, path)
    await last.close()
    await told(news, 2)
    expect(news).toEqual(['broken: {"version": 2', '{"version": 3}'])
  })

  it('tells once that the file is gone, and goes on when it is back', async () => {
    const { path, news } = await watched({ lookEveryMs: 5 })
    await rm(path)
    await told(news, 1)
    // Until this one looks, the other has looked many times.
    const other = watchedAt(path, { lookEveryMs: 100 })
    await told(other.news, 1)
    expect(news).toEqual(['missing'])
    await writeFile(path, '{"version": 2}')
    await told(news, 2)
    expect(news).toEqual(['missing', '{"version": 2}'])
  })

  it('tells once that the file is gone, also when that is while it reads', async () => {
    const { path, news } = await watched({ lookEveryMs: 5 })
    await putPipe(path)
    const writer = await open(path, 'w')
    await rm(path)
    const other = watchedAt(path, { lookEveryMs: 5 })
    await told(other.news, 1)
    expect(news).toEqual([])
    await writer.close()
    await told(news, 1)
    await writeFile(path, '{"version": 2}')
    await told(news, 2)
    expect(news).toEqual(['missing', '{"version": 2}'])
  })

  it('names line and column of what is not JSON, where the parser knows them', () => {
    expect(problemOf('{"a": 1}')).toBeUndefined()
    expect(problemOf('{\n  "a": 1\n  "b": 2\n}')).toMatch(/line 3 column 3/)
    expect(problemOf('{')).toMatch(/JSON/)
  })
})
