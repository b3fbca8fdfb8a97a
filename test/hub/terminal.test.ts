import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { openTerminal } from '../../packages/hub/dist/commands/terminal.js'
import { wrapped } from '../../packages/hub/dist/text/wrapped.js'
import { ago, duration, localTime, size, until } from '../../packages/hub/dist/text/wording.js'

// A zone far from UTC, so that a time that is shown in the wrong one shows.
process.env['TZ'] = 'Asia/Tokyo'

async function setUp({
  isTTY = false,
  columns = 60,
  env = {},
}: { isTTY?: boolean; columns?: number; env?: object } = {}) {
  let written = ''
  const output = {
    isTTY,
    columns,
    write(text: Uint8Array | string) {
      written += String(text)
      return true
    },
    on() {
      return process.stdout
    },
  }
  const terminal = await openTerminal({
    env: { ...env },
    stdin: process.stdin,
    stdout: output,
    stderr: output,
  })
  return { terminal, written: () => written }
}

describe('a terminal', () => {
  it.each([
    ['has colours', { isTTY: true }, '\u001B[31mred\u001B[39m'],
    ['has none with NO_COLOR', { isTTY: true, env: { NO_COLOR: '1' } }, 'red'],
    ['has them with an empty NO_COLOR', { isTTY: true, env: { NO_COLOR: '' } }, '\u001B[31mred\u001B[39m'],
    ['has none where it is dumb', { isTTY: true, env: { TERM: 'dumb' } }, 'red'],
    ['has none where it is a file', { isTTY: false }, 'red'],
  ])('%s', async (_, options, text) => {
    const { terminal } = await setUp(options)
    expect(terminal.colors.red('red')).toBe(text)
  })

  it('wraps the last column of a table to its width', async () => {
    const { terminal, written } = await setUp({ isTTY: true, columns: 40, env: { NO_COLOR: '1' } })
    terminal.table(['WHEN', 'WHAT'], [['2 min ago', 'one two three four five six seven eight nine ten']])
    expect(written().split('\n')).toEqual([
      'WHEN       WHAT',
      '2 min ago  one two three four five six',
      '           seven eight nine ten',
      '',
    ])
  })

  it('wraps a table without a head, whose colours take no room', async () => {
    const { terminal, written } = await setUp({ isTTY: true, columns: 30 })
    terminal.table([], [[terminal.colors.red('hubs'), 'one two three four five six']])
    expect(stripVTControlCharacters(written()).split('\n')).toEqual([
      'hubs  one two three four',
      '      five six',
      '',
    ])
  })

  it.each([
    ['between words, and indents what follows', 'one two three four', ['one two', '  three', '  four']],
    ['and keeps the indent of a line', '  a b c d e f\ng', ['  a b c d', '    e f', 'g']],
    [
      'and leaves whole what is wider by itself',
      'to https://example.com/ x',
      ['to', '  https://example.com/', '  x'],
    ],
  ])('breaks a line %s', async (_, text, lines) => {
    const { terminal, written } = await setUp({ isTTY: true, columns: 9, env: { NO_COLOR: '1' } })
    terminal.line(text)
    expect(written().split('\n')).toEqual([...lines, ''])
  })

  it('keeps a command in one piece, in lines and in tables, unless it is wider by itself', async () => {
    const { terminal, written } = await setUp({ isTTY: true, columns: 40, env: { NO_COLOR: '1' } })
    const text = 'To keep it out: vwo-hub pin prod. To publish it: vwo-hub release prod'
    terminal.line(text)
    terminal.table([], [['HELD', text]])
    expect(written().split('\n')).toEqual([
      ...['To keep it out: vwo-hub pin prod. To', '  publish it: vwo-hub release prod'],
      ...[
        'HELD  To keep it out:',
        '      vwo-hub pin prod. To publish it:',
        '      vwo-hub release prod',
        '',
      ],
    ])
    expect(wrapped('vwo-hub pin prod', 12)).toBe('vwo-hub pin\n  prod')
  })

  it('has all times in one zone, which they carry', async () => {
    const { terminal, written } = await setUp()
    terminal.line('pinned until 2025-11-24T16:00:00.123Z')
    terminal.table(['AT'], [['2025-11-24T16:00:00Z']])
    expect(written()).toBe('pinned until 2025-11-25 01:00:00 +09:00\nAT\n2025-11-25 01:00:00 +09:00\n')
  })

  it('breaks no line where it is none', async () => {
    const { terminal, written } = await setUp({ columns: 9 })
    terminal.line('one two three four')
    expect(written()).toBe('one two three four\n')
  })

  it('puts the last column below the others where there is no room beside them', async () => {
    const { terminal, written } = await setUp({ isTTY: true, columns: 30, env: { NO_COLOR: '1' } })
    terminal.table(
      ['WHEN', 'WHAT', 'SUMMARY'],
      [['2 min ago', 'publish', 'one two three four five six seven']],
    )
    expect(written().split('\n')).toEqual([
      'WHEN       WHAT',
      '  SUMMARY',
      '2 min ago  publish',
      '  one two three four five',
      '  six seven',
      '',
    ])
  })

  it('leaves a table in one line for each row where it is none', async () => {
    const { terminal, written } = await setUp({ columns: 20 })
    terminal.table(['WHEN', 'WHAT'], [['2 min ago', 'one two three four five six seven eight nine ten']])
    expect(written()).toBe('WHEN       WHAT\n2 min ago  one two three four five six seven eight nine ten\n')
  })

  it('writes JSON in one line that steers no terminal, and that is the same JSON', async () => {
    const value = { text: 'a\u001B[31m\n\u009B\u202E\u2028\u{E0001}é😀' }
    const { terminal, written } = await setUp()
    terminal.json(value)
    expect(written()).toBe('{"text":"a\\u001b[31m\\n\\u009b\\u202e\\u2028\\udb40\\udc01é😀"}\n')
    expect(JSON.parse(written())).toEqual(value)
  })
})

describe('the words for', () => {
  const now = '2025-11-24T16:00:00.000Z'

  it.each([
    ['2025-11-24T16:00:00.000Z', 'now'],
    ['2025-11-24T16:00:00.500Z', 'now'],
    ['2025-11-24T15:59:18.000Z', '42 s ago'],
    ['2025-11-24T15:57:01.000Z', '2 min ago'],
    ['2025-11-24T13:00:00.000Z', '3 h ago'],
    ['2025-11-23T16:00:00.000Z', '1 day ago'],
    ['2025-11-24T14:00:01.000Z', '1 h 59 min ago'],
    ['2025-11-21T15:00:00.000Z', '3 days 1 h ago'],
    ['2025-11-21T15:59:00.000Z', '3 days ago'],
    ['', 'at an unknown time'],
  ])('the past: %s', (time, words) => {
    expect(ago(time, now)).toBe(words)
  })

  it.each([
    ['2025-11-24T16:00:04.200Z', 'in 5 s'],
    ['2025-11-24T16:02:00.000Z', 'in 2 min'],
    ['2025-11-24T17:59:59.500Z', 'in 2 h'],
    ['2025-11-24T17:59:50.000Z', 'in 1 h 59 min'],
    ['2025-11-24T15:00:00.000Z', 'now'],
  ])('what is to come: %s', (time, words) => {
    expect(until(time, now)).toBe(words)
  })

  it.each([
    [1, '1 s'],
    [90, '1 min 30 s'],
    [5400, '1 h 30 min'],
    [7200, '2 h'],
    [129_600, '1 day 12 h'],
  ])('%i seconds are exact', (seconds, words) => {
    expect(duration(seconds)).toBe(words)
  })

  it('a moment are in the zone of this process', () => {
    expect(localTime(now)).toBe('2025-11-25 01:00:00 +09:00')
    expect(localTime('soon')).toBe('-')
  })

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [10_240, '10.2 kB'],
    [1_400_000, '1.4 MB'],
  ])('%i bytes', (bytes, words) => {
    expect(size(bytes)).toBe(words)
  })
})
