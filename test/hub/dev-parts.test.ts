import { execFileSync } from 'node:child_process'
import { mkdtemp, open, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { findClient } from '../../packages/hub/dist/dev/fullstack/find-client.js'
import { createDisplay } from '../../packages/hub/dist/dev/display.js'
import { howToGoOn } from '../../packages/hub/dist/dev/how-to-go-on.js'
import { questionsOf } from '../../packages/hub/dist/dev/fullstack/questions.js'
import { questionsOf as featureQuestionsOf } from '../../packages/hub/dist/dev/fme/questions.js'
import { sampleSettingsFile as fmeSample } from '../../packages/hub/dist/product/fme/sample.js'
import { sampleSettingsFile } from '../../packages/hub/dist/product/fullstack/sample.js'
import { openSettingsFile } from '../../packages/hub/dist/dev/settings-source.js'
import { problemOf, watchSettingsFile } from '../../packages/hub/dist/dev/settings-watcher.js'
import { type View, viewLines } from '../../packages/hub/dist/dev/dev-view.js'
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
      { campaign: 'checkout-button', isFeature: false, variable: undefined },
      { campaign: 'new-search', isFeature: true, variable: 'resultsPerPage' },
      { campaign: 'discount', isFeature: true, variable: 'percent' },
    ])
  })

  it('is asked for features, with a variable of what their rules point to, where it is one of FME', () => {
    expect(featureQuestionsOf(fmeSample)).toEqual([
      { campaign: 'new-search', isFeature: true, variable: 'label' },
      { campaign: 'checkout-button', isFeature: true, variable: 'label' },
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
    const { path, news } = await watched()
    await writeFile(path, '{"version": 2')
    await told(news, 1)
    await writeFile(path, '')
    await writeFile(path, '{"version": 2')
    await writeFile(path, '{"version": 3}')
    await told(news, 2)
    expect(news).toEqual(['broken: {"version": 2', '{"version": 3}'])
  })

  it('tells once that the file is gone, and goes on when it is back', async () => {
    const { path, news } = await watched({ lookEveryMs: 5 })
    await rm(path)
    await told(news, 1)
    await writeFile(path, '{"version": 2}')
    await told(news, 2)
    expect(news).toEqual(['missing', '{"version": 2}'])
  })

  it('tells once that the file is gone, also when that is while it reads', async () => {
    const { path, news } = await watched({ lookEveryMs: 5 })
    // A named pipe: it is read until its last writer has closed it, and to open it for writing waits for a reader.
    execFileSync('mkfifo', [`${path}.pipe`])
    await rename(`${path}.pipe`, path)
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

const asIs = (text: string) => text
const uncoloured = { bold: asIs, cyan: asIs, dim: asIs, green: asIs, red: asIs, yellow: asIs }

const view: View = {
  apps: [
    {
      name: 'app-1',
      pid: 11,
      report: {
        state: 'ready',
        revision: 200,
        lagMs: 12.4,
        decisions: { test: ['Green', 'Green', '-', '-'] },
      },
    },
    {
      name: 'app-2',
      pid: 12,
      report: { state: 'ready', revision: 100, decisions: { test: ['Red', 'Green', '-', '-'] } },
    },
    { name: 'app-3', pid: undefined, report: undefined },
  ],
  questions: [{ campaign: 'test', isFeature: false }],
  before: {},
}

describe('what dev shows', () => {
  it('says of each app which revision it decides with, and whether that is the newest', () => {
    const lines = viewLines(view, uncoloured).map((line) => line.replaceAll(/ {2,}/g, '  ').trimEnd())
    expect(lines).toEqual([
      'app  process  state  decides with revision  received after',
      'app-1  11  ready  200 newest  12 ms',
      'app-2  12  ready  100 behind',
      'app-3  ended  starting  none yet',
      '',
      'decision  ada  finn  eve  paul',
      'test  Green | Red  Green  -  -',
    ])
  })

  it('lets no text of a settings-file reach the terminal as anything but text', () => {
    const evil = '\u001B[2J\u001B]0;evil\u0007\nline'
    const shown = viewLines(
      {
        apps: [
          {
            name: 'app-1',
            pid: 1,
            report: { state: 'ready', decisions: { [evil]: [evil, evil, evil, evil] } },
          },
        ],
        questions: [{ campaign: evil, isFeature: true, variable: evil }],
        before: {},
      },
      uncoloured,
    )
    expect(shown.join('')).not.toMatch(/\p{Cc}/u)
  })

  it('writes a plain line for each report when the output is no terminal', () => {
    let written = ''
    const display = createDisplay({ write: (text) => (written += String(text)) !== '' }, ['app-1'])
    display.appStarted('app-1', 11)
    display.appReported('app-1', {
      state: 'ready',
      revision: 200,
      lagMs: 3,
      decisions: { test: ['a', 'b', 'c', 'd'] },
    })
    display.appEnded('app-1', 'SIGKILL')
    display.close()
    expect(written.replaceAll(/^\d\d:\d\d:\d\d /gm, '')).toBe(
      'app-1 (pid 11) ready, revision 200 after 3 ms: test ada=a finn=b eve=c paul=d\n' +
        'app-1 has ended (SIGKILL) and is started again\n',
    )
  })

  it('draws over itself on a terminal, never higher or wider than it', async () => {
    const written: string[] = []
    const output = {
      isTTY: true,
      columns: 80,
      rows: 6,
      write: (text: unknown) => written.push(String(text)) > 0,
    }
    const display = createDisplay(output, ['app-1', 'app-2', 'app-3'])
    display.asks(view.questions)
    display.appStarted('app-1', 11)
    await until(
      () => written,
      ({ length }) => length === 1,
    )
    display.appReported('app-1', { state: 'ready', revision: 200, decisions: {} })
    display.close()
    const [first = '', second = ''] = written
    expect(first.split('\n')).toHaveLength(6)
    expect(second).toContain('\u001B[5A')
    expect(second).toContain('200 newest')
    // No wrapping while drawing, and as it was afterwards.
    for (const drawn of written) {
      expect(drawn.startsWith('\u001B[?7l')).toBe(true)
      expect(drawn.endsWith('\u001B[?7h')).toBe(true)
    }
  })

  it('shows the last news where there is no room for all, broken between words', async () => {
    let written = ''
    const output = {
      isTTY: true,
      columns: 40,
      rows: 8,
      write: (text: unknown) => (written += String(text)) !== '',
    }
    const display = createDisplay(output, ['app-1'])
    display.say('the first')
    display.say('pinned: what you save waits, and the apps stay as they are')
    await until(
      () => written,
      (text) => text !== '',
    )
    display.close()
    const rows = stripVTControlCharacters(written).split('\n')
    expect(rows.slice(-3).map((row) => row.replace(/^\d\d:\d\d:\d\d/, ''))).toEqual([
      ' pinned: what you save waits,',
      '         and the apps stay as they are',
      '',
    ])
  })
})

describe('what keeps a save from the apps', () => {
  it('is told with how to go on', () => {
    expect(howToGoOn({ pinnedUntil: '2030-01-01T00:00:00.000Z' })).toMatch(/To go on: vwo-hub unpin$/)
    expect(howToGoOn({ held: '6 of 7 would end' })).toMatch(/vwo-hub release; to keep it out: vwo-hub pin/)
    expect([howToGoOn({}), howToGoOn(undefined)]).toEqual([undefined, undefined])
  })
})

describe('the client that the apps use', () => {
  it('is missing with a word on what to install', () => {
    expect(() => findClient('@vwo-hub/client')).not.toThrow()
    expect(() => findClient('@vwo-hub/nowhere')).toThrow(
      /it is not installed\. Install it beside the hub: npm install @vwo-hub\/nowhere$/,
    )
  })
})
