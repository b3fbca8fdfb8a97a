import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Trigger } from '@vwo-hub/protocol'

/** The tickets of one environment that this hub has accepted. */
export interface Tickets {
  /** Asks for a fetch that begins after this call. @returns Its ticket, once Redis has it. */
  request(trigger: Trigger): Promise<number>
  /** The same for the one who looks, and calls nobody: where Redis is away there would be no end of looking. */
  take(trigger: Trigger): Promise<number>
  /** The highest one that has not been seen completed; 0 when there is none. Kept also when Redis loses it. */
  owed(): number
  /** Redis says that all up to this one are completed. */
  complete(ticket: number): void
  /** Resolves as soon as nothing is owed, or {@link leave} is called. */
  settled(): Promise<void>
  /** There is no use in waiting for what is owed: it stays in Redis, for another hub or the next start. */
  leave(): void
}

/**
 * @param ask - Gives out a ticket: once it has resolved, Redis has the request.
 * @param look - Called when a ticket has been asked for, and again when it is there.
 */
export function createTickets(ask: (trigger: Trigger) => Promise<number>, look: () => void): Tickets {
  /** Those that are about to be made. */
  const requests = new Map<Trigger, Promise<number>>()
  let owed = 0
  let settle: () => void = () => {}

  async function owing(asked: Promise<number>): Promise<number> {
    const ticket = await asked
    owed = Math.max(owed, ticket)
    return ticket
  }

  async function requestNow(trigger: Trigger): Promise<number> {
    requests.delete(trigger)
    const asked = owing(ask(trigger))
    // Redis runs a connection's commands in the order they came: who looks now finds the ticket, one round trip earlier.
    look()
    const ticket = await asked
    look()
    return ticket
  }

  return {
    // Whoever asks in the same turn of the event loop gets the same ticket: it is given out after all of them.
    request(trigger) {
      const shared = requests.get(trigger) ?? nextTurn().then(() => requestNow(trigger))
      requests.set(trigger, shared)
      return shared
    },
    take: (trigger) => owing(ask(trigger)),
    owed: () => owed,
    complete(ticket) {
      if (ticket < owed) return
      owed = 0
      settle()
    },
    settled: () => new Promise((resolve) => (settle = resolve)),
    leave: () => settle(),
  }
}
