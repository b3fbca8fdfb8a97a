import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { type AppView, type View, reportLine, viewLines } from '../../packages/hub/dist/dev/dev-view.js'
import { createDisplay } from '../../packages/hub/dist/dev/display.js'
import { findClient } from '../../packages/hub/dist/dev/fullstack/find-client.js'
import { howToGoOn } from '../../packages/hub/dist/dev/how-to-go-on.js'
import { until } from '../support/until.ts'

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
  questions: [{ unit: 'test', isFeature: false }],
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

  it('stresses what is decided otherwise than before, also where it does not fit, and nothing else', () => {
    const long = 'Buy it now, dear customer'
    const stressed = { ...uncoloured, bold: (text: string) => `*${text}*` }
    const [app] = view.apps
    const shown = viewLines(
      {
        apps:
          app === undefined
            ? []
            : [{ ...app, report: { state: 'ready', decisions: { test: [long, 'Red', `${long} A`, '-'] } } }],
        questions: view.questions,
        before: { test: [long, 'Green', `${long} B`, '-'] },
      },
      stressed,
    )
    expect(shown.at(-1)?.match(/\*[^*]+\*/g)).toEqual(['*Red*', expect.stringMatching(/^\*Buy it now/)])
  })

  it('lets no text of a settings-file reach the terminal as anything but text', () => {
    const evil = '\u001B[2J\u001B]0;evil\u0007\nline'
    const app: AppView = {
      name: 'app-1',
      pid: 1,
      report: { state: 'ready', decisions: { [evil]: [evil, evil, evil, evil] } },
    }
    const questions = [{ unit: evil, isFeature: true, variable: evil }]
    const table = viewLines({ apps: [app], questions, before: {} }, uncoloured)
    for (const shown of [table.join(''), reportLine(app)]) {
      expect(shown).not.toMatch(/\p{Cc}/u)
      // The campaign, and what each user gets.
      expect(shown.match(/\[2J.\]0;evil..line/gu)).toHaveLength(5)
    }
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
      expect(drawn.split('\n').length).toBeLessThanOrEqual(6)
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
