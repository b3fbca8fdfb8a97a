import { check } from './check.ts'
import type { ChaosEvent, FaultKind, RedisRole } from './event.ts'
import { decisionsOf, editionOf } from './settings.ts'

/** A history that is written down step by step, a hundred milliseconds each. */
export function createStory() {
  const history: ChaosEvent[] = []
  let at = 1_000_000
  let id = 0
  const client = { client: 'app-1.1', process: 'app-1' }
  const held = new Map<string, { role: RedisRole; revisions: readonly number[] }>()
  const record = (event: ChaosEvent): void => void history.push(event)
  const story = {
    history,
    wait(ms: number) {
      at += ms
      return story
    },
    up() {
      record({ at, kind: 'run', phase: 'up' })
      return story
    },
    start(hasCacheFile = false) {
      record({ at, ...client, kind: 'client', phase: 'starts', hasCacheFile })
      return story
    },
    settle(revision: number) {
      record({ at, ...client, kind: 'client', phase: 'settled', revision, source: null })
      return story
    },
    change(serial: number, isGood = true) {
      record({ at, kind: 'change', serial, sha256: editionOf(serial, { isGood }).sha256, isGood })
      return story
    },
    /** Is stored as something else than it was sent as. */
    tolerate(serial: number) {
      record({ at, kind: 'change', serial, sha256: 'as sent', isGood: false, isTolerated: true })
      return story
    },
    look(answer: number | string) {
      record({ at, kind: 'look', hub: 'hub-1', path: '/metrics', answer })
      return story
    },
    accept(serial: number) {
      record({ at, kind: 'accepted', serial })
      return story
    },
    /** A server is found to be this, and to have these revisions. Default: those that it had. @param agoMs - Since the look before. */
    find(server: string, role: RedisRole, revisions = held.get(server)?.revisions ?? [], agoMs = 100) {
      held.set(server, { role, revisions })
      record({ at, kind: 'holds', server, role, lookedAt: at - agoMs, revisions })
      return story
    },
    publish(revision: number, serial: number, { isGood = true, server = '1' } = {}) {
      at += 100
      record({ at, kind: 'published', server, revision, sha256: editionOf(serial, { isGood }).sha256 })
      return story
    },
    store(
      revision: number,
      serial: number,
      { isGood = true, isWhole = true, server = '1', agoMs = 100 } = {},
    ) {
      story.publish(revision, serial, { isGood, server })
      const { role, revisions } = held.get(server) ?? { role: 'master', revisions: [] }
      story.find(server, role, [...revisions, revision], agoMs)
      const { sha256 } = editionOf(serial, { isGood })
      record({ at, kind: 'stored', server, revision, sha256, serial })
      const announcedSha256 = isWhole ? sha256 : 'other'
      record({ at, kind: 'current', server, revision, sha256, announcedSha256, isInHistory: true })
      return story
    },
    swap(previousRevision: number, revision: number) {
      at += 100
      record({ at, ...client, kind: 'swap', previousRevision, revision, source: 'redis' })
      return story
    },
    decide(revision: number, decided: ReturnType<typeof decisionsOf>) {
      at += 100
      record({ at, ...client, kind: 'decision', revision, decided })
      return story
    },
    fault(fault: FaultKind, ms: number, target = 'app-1') {
      id += 1
      record({ at, kind: 'fault', id, fault, target, phase: 'begins' })
      at += ms
      record({ at, kind: 'fault', id, fault, target, phase: 'ends' })
      return story
    },
    lose(server: string, ms: number) {
      record({ at, kind: 'loss', server, phase: 'begins' })
      at += ms
      record({ at, kind: 'loss', server, phase: 'ends' })
      return story
    },
    end(how: number | string, ordered?: NodeJS.Signals) {
      record({ at, kind: 'process', process: 'app-1', phase: 'ends', how, ordered })
      return story
    },
    settled(serial: number, isWell: boolean) {
      record({ at, kind: 'settled', serial, isWell })
      return story
    },
    log() {
      record({ at, kind: 'log', process: 'app-1', text: 'listening' })
      return story
    },
    complain(text: string) {
      record({ at, kind: 'complaint', process: 'hub-1', text })
      return story
    },
    judge() {
      record({ at, kind: 'run', phase: 'closing' })
      const { violations, counts } = check(history, 10_000)
      return { counts, found: violations.map(({ invariant, what }) => `${invariant}: ${what}`) }
    },
  }
  return story
}

/** One client that has the first edition. */
export function wellBegun() {
  return createStory().change(1).start().store(10, 1).swap(0, 10).decide(10, decisionsOf(1)).settle(10).up()
}

/** A node has the second edition, and then the first one again, as a later revision. */
export const fallenBack = () =>
  wellBegun()
    .wait(100)
    .change(2)
    .store(20, 2)
    .swap(10, 20)
    .decide(20, decisionsOf(2))
    .store(30, 1)
    .swap(20, 30)
    .decide(30, decisionsOf(1))
