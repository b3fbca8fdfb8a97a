import { describe, expect, it } from 'vitest'
import { ClientError } from '@vwo-hub/client'
import { createSwapper } from '../../packages/client/dist/swap.js'

/** A product whose launch ends when the test says so, as SDKs do whose `init` is asynchronous. */
function setUp({ needsRelaunch = true } = {}) {
  const log: string[] = []
  let ends: { resolve: () => void; reject: (error: unknown) => void } = { resolve() {}, reject() {} }
  const wait = () => new Promise<void>((resolve, reject) => (ends = { resolve, reject }))
  const swapper = createSwapper('prod', {
    prepare: (text: string) => ({ text, needsRelaunch }),
    async commit({ text }) {
      log.push(`launch ${text}`)
      await wait()
      log.push(`live ${text}`)
      return 'launch' as const
    },
    drain: wait,
    release: () => void log.push('release'),
  })
  const to = (revision: number) =>
    ({ text: `${revision}`, revision, source: 'test', isProven: true }) as const
  return { swapper, to, log, ends: () => ends }
}

/** Lets everything happen that waits for nothing but its turn. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('given a product that launches asynchronously, the swapper', () => {
  it('counts a revision as live when its launch has ended, and begins the next then', async () => {
    const { swapper, to, log, ends } = setUp({ needsRelaunch: false })
    const swaps = [swapper.swap(to(1)), swapper.swap(to(2))]
    await turn()
    expect([log, swapper.revision()]).toEqual([['launch 1'], -1])
    ends().resolve()
    expect(await swaps[0]).toMatchObject({ revision: 1, previousRevision: 0 })
    await turn()
    expect([log, swapper.revision()]).toEqual([['launch 1', 'live 1', 'launch 2'], 1])
    ends().resolve()
    expect(await swaps[1]).toMatchObject({ revision: 2, previousRevision: 1 })
  })

  it('tells of a revision in the step that makes it live: whoever waits for something else does not see it before', async () => {
    const { swapper, to, ends } = setUp({ needsRelaunch: false })
    const told: number[] = []
    const untold: number[] = []
    let isOver = false
    const looking = async (): Promise<void> => {
      for (let looks = 0; looks < 1000 && !isOver; looks += 1) {
        if (swapper.revision() !== (told.at(-1) ?? -1)) untold.push(swapper.revision())
        await Promise.resolve()
      }
    }
    for (const revision of [1, 2]) {
      isOver = false
      const swapped = swapper.swap(to(revision), (live) => void told.push(live.revision))
      await turn()
      ends().resolve()
      void looking()
      await swapped
      isOver = true
    }
    expect([told, untold]).toEqual([[1, 2], []])
  })

  it('says which revision failed, and goes on with the next', async () => {
    const { swapper, to, ends } = setUp({ needsRelaunch: false })
    const failed = swapper.swap(to(1))
    await turn()
    ends().reject(new ClientError('swap-failed', 'no client came of it'))
    await expect(failed).rejects.toThrow(
      'Cannot swap "prod" to revision 1: no client came of it. There are no settings in use yet.',
    )
    const next = swapper.swap(to(2))
    await turn()
    ends().resolve()
    expect(await next).toMatchObject({ revision: 2 })
  })

  it('releases what is launched after it was closed, and does not count it', async () => {
    const { swapper, to, log, ends } = setUp({ needsRelaunch: false })
    const swap = swapper.swap(to(1))
    await turn()
    swapper.close()
    ends().resolve()
    expect(await swap).toBeUndefined()
    expect([log, swapper.revision()]).toEqual([['launch 1', 'live 1', 'release'], -1])
  })
})

it('a relaunch that waits for calls is not made once the client is closed', async () => {
  const { swapper, to, log, ends } = setUp()
  const swap = swapper.swap(to(1))
  await turn()
  swapper.close()
  ends().resolve()
  expect(await swap).toBeUndefined()
  expect(log).toEqual([])
})
