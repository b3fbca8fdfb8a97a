import { inspect, stripVTControlCharacters } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HubError } from '../../packages/hub/dist/errors.js'
import { createLog, type LogOptions } from '../../packages/hub/dist/log/log.js'
import { anyText } from '../support/any-text.ts'

const sdkKey = 'f00df00dcafe-sdk-key'
const password = 'p@ss/w"ör\\d?&'
const secrets = [sdkKey, password]

function setUp(options: Partial<LogOptions> = {}) {
  const lines: string[] = []
  const destination = { write: (line: string) => void lines.push(line) }
  const log = createLog({ level: 'trace', secrets, destination, ...options })
  const fields = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  return { log, lines, fields }
}

describe('a log line', () => {
  it('is one line of JSON: level by name, time in UTC, fields, what happened', () => {
    const { log, lines, fields } = setUp()
    log.child({ environment: 'prod' }).info({ revision: 7, summary: 'two\nlines' }, 'published')
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/^\{.*\}\n$/)
    const [{ time, ...rest } = {}] = fields()
    expect(rest).toEqual({
      level: 'info',
      environment: 'prod',
      revision: 7,
      summary: 'two\nlines',
      msg: 'published',
    })
    expect(new Date(String(time)).toISOString()).toBe(time)
  })

  it('is not written below the level', () => {
    const { log, lines } = setUp({ level: 'warn' })
    log.info('unheard')
    log.error('heard')
    expect(lines).toHaveLength(1)
  })

  it('has the code, message and cause of an error', () => {
    const { log, fields } = setUp()
    const cause = new Error('connect ECONNREFUSED')
    log.warn({ err: new HubError('vwo-unreachable', 'Cannot fetch.', { cause }) }, 'refresh failed')
    expect(fields()[0]?.['err']).toMatchObject({ code: 'vwo-unreachable' })
    expect(JSON.stringify(fields()[0])).toContain('connect ECONNREFUSED')
  })
})

describe('[invariant 8] no secret is logged', () => {
  it.each([
    'sdkKey',
    'sdk_key',
    'secret',
    'webhookSecrets',
    'token',
    'adminToken',
    'password',
    'REDIS_PASSWORD',
    'authorization',
    'x-vwo-auth',
    'X-Vwo-Auth',
    'cookie',
  ])('by the name of its field: %s, at any depth', (name) => {
    const { log, fields } = setUp({ secrets: [] })
    log.info({ [name]: 'hush', deep: [{ er: { [name]: ['hush', 'hush'] } }] }, 'event')
    expect(fields()[0]).toMatchObject({ [name]: '[redacted]', deep: [{ er: { [name]: '[redacted]' } }] })
  })

  it('by its value: in fields, names, messages, errors, causes and stacks', () => {
    const { log, lines } = setUp()
    const error = new Error(`no such key ${sdkKey}`, { cause: new Error(`AUTH failed for ${password}`) })
    log.info({ url: `https://vwo/?x=${sdkKey}`, list: [password], [`about ${sdkKey}`]: 1 }, `key ${sdkKey}`)
    log.error({ err: error }, 'failed')
    log.error(error)
    log
      .child({ who: sdkKey })
      .warn({ err: { reason: new URL(`redis://u:${encodeURIComponent(password)}@h`) } })
    expect(lines).toHaveLength(4)
    for (const line of lines) {
      expect(line).toContain('[redacted]')
      for (const form of [
        sdkKey,
        password,
        JSON.stringify(password).slice(1, -1),
        encodeURIComponent(password),
      ])
        expect(line).not.toContain(form)
    }
  })

  it('by its value inside of quoted JSON and of a query', () => {
    const { log, lines } = setUp()
    log.info({ body: JSON.stringify({ auth: password }) }, new URLSearchParams({ q: password }).toString())
    expect(lines.join('')).not.toMatch(/w%22|p@ss|p%40ss/)
  })

  it('by its shape, though nobody knows its value', () => {
    const { log, lines } = setUp({ secrets: [] })
    log.info({
      url: 'https://dev.visualwebsiteoptimizer.com/server-side/settings?a=1&i=unknown-key&r=0.5',
      redis: 'rediss://user:unknown-pass@host:6379/0',
      short: 'redis://:unknown-pass@host',
      header: 'Authorization: Bearer unknown.token-value=',
      body: '{"sdkKey":"unknown-key","x":1}',
    })
    expect(lines.join('')).not.toContain('unknown')
    expect(lines.join('')).toContain('settings?a=1&i=[redacted]&r=0.5')
    expect(lines.join('')).toContain('rediss://[redacted]@host:6379/0')
  })

  it('whatever it is and wherever it stands', () => {
    const secret = anyText({ minLength: 4 }).filter((text) => !'[redacted]'.includes(text))
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (hidden, before, after) => {
        const { log, fields } = setUp({ secrets: [hidden] })
        const text = `${before} ${hidden} ${after}`
        log.info({ text, nested: { list: [text] }, err: new Error(text) }, 'event')
        expect(inspect(fields()[0], { depth: 9 })).not.toContain(inspect(hidden).slice(1, -1))
        for (const { text: logged } of fields()) expect(String(logged)).not.toContain(hidden)
      }),
    )
  })

  it('and what is no secret stays as it is', () => {
    const { log, fields } = setUp()
    const harmless = {
      revision: 1,
      isPinned: true,
      hasToken: true,
      next: null,
      url: 'https://vwo/settings?a=1',
    }
    log.info(harmless, 'a message with i=1 and an at@sign')
    expect(fields()[0]).toMatchObject({ ...harmless, msg: 'a message with i=1 and an at@sign' })
  })
})

describe('what is hidden of a text', () => {
  it.each([
    [
      'is the longest secret, so that none is left in part',
      ['abcd', 'abcdefgh'],
      'x abcdefgh y',
      'x [redacted] y',
    ],
    ['is each secret as it is, not as a pattern', ['a.c+$(x)'], 'abc a.c+$(x)', 'abc [redacted]'],
    ['is no secret of three letters, which would shred it', ['the'], 'the other', 'the other'],
  ])('%s', (_, hidden, text, logged) => {
    const { log, fields } = setUp({ secrets: hidden })
    log.info({ text }, text)
    expect(fields()[0]).toMatchObject({ text: logged, msg: logged })
  })
})

describe('on a terminal', () => {
  it('a line is for people: time, level, environment, event, error, the other fields', () => {
    const { log, lines } = setUp({ pretty: true })
    const err = new HubError('vwo-unreachable', 'VWO did not answer.')
    log
      .child({ environment: 'prod' })
      .warn({ trigger: 'poll', note: 'two words', at: { a: 1 }, err }, 'refresh failed')
    expect(lines.join('')).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} WARN {2}prod refresh failed {2}vwo-unreachable: VWO did not answer\. {2}trigger=poll {2}note="two words" {2}at=\{"a":1\}\n$/,
    )
  })

  it('[invariant 8] hides the same secrets', () => {
    const { log, lines } = setUp({ pretty: true })
    log.error({ err: new Error(sdkKey), sdkKey }, `key ${sdkKey}`)
    expect(lines.join('')).not.toContain(sdkKey)
  })

  it('no text from outside can steer it or begin a line of its own', () => {
    const { log, lines } = setUp({ pretty: true })
    log.info({ key: 'a\u001b[31m\nforged', 'na\nme': '\r' }, 'one\ntwo\u001b[2J')
    const controls = lines.join('').match(/\p{Cc}/gu)
    expect(controls).toEqual(['\n'])
  })

  it('is chosen by what the destination is', () => {
    const written: string[] = []
    const write = (line: string) => void written.push(line)
    createLog({ level: 'info', secrets: [], destination: { write, isTTY: true } }).info('to a person')
    createLog({ level: 'info', secrets: [], destination: { write } }).info('to a program')
    expect(stripVTControlCharacters(written[0] ?? '')).toMatch(/INFO {2}to a person\n$/)
    expect(JSON.parse(written[1] ?? '')).toMatchObject({ msg: 'to a program' })
  })
})
