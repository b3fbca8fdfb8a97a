/** What was done is said to be done, though Redis goes away before anything can be read of it. */
import { describe, expect, it } from 'vitest'
import { askVwo } from '../../packages/hub/dist/commands/act.js'
import { openTerminal } from '../../packages/hub/dist/commands/terminal.js'
import { createActs } from '../../packages/hub/dist/operate/acts.js'
import { acting, ann, HOUR_MS } from '../support/acting.ts'
import { sharedJudging } from '../support/hub-config.ts'
import { redisForFile } from '../support/redis-for-file.ts'

const { server, cleanUps } = await redisForFile()
const setUp = acting(server, cleanUps)

const isAway = () => Promise.reject(new Error('Connection is closed.'))

describe('where Redis goes away when it has done it', () => {
  it('a rollback is one, and its pin is told', async () => {
    const { handle, publish, meta, firstRevision } = await setUp()
    await publish(20)
    const read = { ...handle.read }
    const act: typeof handle.act = {
      ...handle.act,
      async rollback(input) {
        const result = await handle.act.rollback(input)
        read.current = isAway
        return result
      },
    }
    const acts = createActs({ ...handle, read, act }, sharedJudging)
    const done = await acts.rollback(await acts.planRollback(), { ...ann, pinForMs: HOUR_MS })
    const { revision, pinnedUntil } = await meta()
    expect(done).toMatchObject({ contentOf: firstRevision, revision: Number(revision), pinnedUntil })
  })

  it('a pin is ended, and what comes of it is said to be unknown', async () => {
    const { handle, acts, meta } = await setUp()
    await acts.pin({ ...ann, forMs: HOUR_MS })
    const read = { ...handle.read }
    let stdout = ''
    const terminal = await openTerminal({
      env: {},
      stdout: { write: (text: string) => void (stdout += text) },
    } as unknown as Parameters<typeof openTerminal>[0])
    const environment = { ...handle, read }
    const tools = { environment, terminal, acts, actor: ann, confirm: async () => true }
    const code = await askVwo(tools, { timeout: 10 }, 'Unpinned', async () => {
      const done = await acts.unpin(ann)
      read.status = isAway
      return done
    })
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(
        /^Unpinned\. Recorded as ticket \d+; what comes of it cannot be seen, see "vwo-hub status": Connection is closed\.\n$/,
      ),
    ])
    expect(await meta()).not.toHaveProperty('pinnedUntil')
  })
})
