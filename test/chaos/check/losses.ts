import type { ChaosEvent, EventOf, RedisRole } from '../event.ts'
import { eventsOf, type Window } from './windows.ts'

/** When a server may have lost what it had, before anybody looked; all of them when none is named. */
export interface Loss extends Window {
  readonly server: string | undefined
}

/** How long nobody may have looked into a server that is well, in milliseconds. */
const unseenMs = 1000

/**
 * Only two things take back what a server has: what is done to a master on purpose, and that another one has taken its
 * place, whose data it takes over. That both are masters for a while excuses nothing: each of them keeps what it has.
 */
export function lossesIn(history: readonly ChaosEvent[]): Loss[] {
  const looks = eventsOf(history, 'holds')
  return [...lossesOnPurpose(history, looks), ...lossesByReplacement(looks)]
}

/** The replicas of a master lose it too. When nobody could look for a while, it shows at the next look. */
function lossesOnPurpose(history: readonly ChaosEvent[], looks: readonly EventOf<'holds'>[]): Loss[] {
  const all = eventsOf(history, 'loss')
  return all.flatMap(({ at, server, phase }) => {
    const ofServer = looks.filter((look) => look.server === server)
    if (phase === 'ends' || ofServer.findLast((look) => look.at <= at)?.role !== 'master') return []
    const to =
      all.find((end) => end.at >= at && end.server === server && end.phase === 'ends')?.at ?? Infinity
    const next = ofServer.find((look) => look.at >= to && look.lookedAt <= to)
    return [
      { from: at - unseenMs, to: to + unseenMs, server: undefined },
      ...(next === undefined ? [] : [{ from: Math.max(at, next.at - unseenMs), to: next.at, server }]),
    ]
  })
}

/** What it took right before it was frozen or down, or right after, is lost too, and nobody had looked. */
function lossesByReplacement(looks: readonly EventOf<'holds'>[]): Loss[] {
  const roles = new Map<string, RedisRole>()
  return looks.flatMap(({ at, server, role, lookedAt }) => {
    const before = roles.get(server)
    roles.set(server, role)
    if (before !== 'master' || role === 'master') return []
    const inStep = looks.find((look) => look.at >= at && look.server === server && look.role !== 'behind')
    return [
      { from: lookedAt, to: Math.min(lookedAt + unseenMs, at), server },
      { from: Math.max(lookedAt, at - unseenMs), to: (inStep?.at ?? Infinity) + unseenMs, server },
    ]
  })
}

/** @param server - Undefined: any of them. */
export function mayHaveLost(
  losses: readonly Loss[],
  { from, to }: Window,
  server: string | undefined,
): boolean {
  return losses.some(
    (loss) =>
      loss.from <= to &&
      loss.to >= from &&
      (server === undefined || loss.server === undefined || loss.server === server),
  )
}

/** @returns Which share of the time, from 0 to 1, the windows cover together. */
export function shareOf(windows: readonly Window[], { from, to }: Window): number {
  let [covered, until] = [0, from]
  for (const window of [...windows].sort((one, other) => one.from - other.from)) {
    covered += Math.max(0, Math.min(window.to, to) - Math.max(window.from, until))
    until = Math.max(until, window.to)
  }
  return to > from ? covered / (to - from) : 0
}
