import { expect, it, onTestFinished } from 'vitest'
import { createAdminApp } from '../../packages/hub/dist/http/admin-app.js'
import { configOf, environmentOf } from '../support/admin-app.ts'
import { silentLog } from '../support/hub-config.ts'
import { until } from '../support/until.ts'

/** An admin listener whose token a test replaces. */
function setUp(checkEventsMs: number) {
  const options = { token: 'the-old-token', log: silentLog, checkEventsMs }
  const view = {
    isClosing: () => false,
    staleAfterMs: 30_000,
    metrics: async () => expect.fail('nobody asks for metrics'),
    environments: new Map([['prod', environmentOf(configOf('prod'))]]),
  }
  const app = createAdminApp(view, options)
  onTestFinished(app.endStreams)
  const ended: string[] = []
  return {
    app,
    ended,
    replaceToken: (token: string) => Object.assign(options, { token }),
    async logIn() {
      const body = new URLSearchParams({ token: options.token })
      const answer = await app.request('/login', { method: 'POST', body })
      return { cookie: answer.headers.get('set-cookie')?.split(';')[0] ?? '' }
    },
    async follow(who: string, headers: Record<string, string>) {
      const response = await app.request('/v1/environments/prod/events', { headers })
      // Only a stream that has ended has a whole text.
      void response.text().then(() => ended.push(who))
      return response.status
    },
  }
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

it.each([
  ['when it is looked whether they may go on', 10],
  ['at once when the hub has been told', 3_600_000],
])(
  'streams of events end with the token that they were opened with, and no other: %s',
  async (_, checkMs) => {
    const { app, ended, replaceToken, logIn, follow } = setUp(checkMs)
    const session = await logIn()
    const old = [await follow('program', bearer('the-old-token')), await follow('page', session)]
    replaceToken('the-new-token')
    expect([...old, await follow('new', bearer('the-new-token'))]).toEqual([200, 200, 200])
    if (checkMs > 10) app.recheckStreams()
    await until(
      () => ended,
      ({ length }) => length >= 2,
    )
    expect(ended.toSorted()).toEqual(['page', 'program'])
  },
)
