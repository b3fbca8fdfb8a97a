import { expect, it } from 'vitest'
import { createRefusalNotes } from '../../packages/hub/dist/operate/note-refused-webhooks.js'

it('webhooks refused all day long are one entry of the audit in an hour, with their number', () => {
  let now = 0
  const summaries: string[] = []
  const environment = {
    name: 'prod',
    note: async ({ summary }: { readonly summary: string }) => void summaries.push(summary),
  }
  const note = createRefusalNotes(() => now)
  for (let minute = 0; minute < 24 * 60; minute += 1) {
    note(environment, 1000)
    now += 60_000
  }
  expect(summaries).toHaveLength(24)
  expect(summaries.slice(0, 2).map((summary) => /^[\d,]+ webhooks refused/.exec(summary)?.[0])).toEqual([
    '1000 webhooks refused',
    '60000 webhooks refused',
  ])
})
