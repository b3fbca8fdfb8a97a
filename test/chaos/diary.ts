import type { ChildOptions } from './child.ts'
import type { ChaosEvent } from './event.ts'

/** Writes down what happens. */
export interface Diary {
  readonly history: readonly ChaosEvent[]
  record(event: ChaosEvent): void
  /** A process has said what it must never have to say. */
  complain(process: string, text: string): void
  /** What every process is asked to tell. */
  follow(process: string): Pick<ChildOptions, 'name' | 'onError' | 'onStart' | 'onEnd'>
  /** What a client decided last, in this life of its process. */
  lastSerial(client: string): unknown
}

export function createDiary(): Diary {
  const history: ChaosEvent[] = []
  const lastSerials = new Map<string, unknown>()

  function record(event: ChaosEvent): void {
    history.push(event)
    if (event.kind === 'decision') lastSerials.set(event.client, event.decided.serial)
  }

  const complain = (process: string, text: string): void =>
    record({ kind: 'complaint', at: Date.now(), process, text })

  return {
    history,
    record,
    complain,
    follow: (process) => ({
      name: process,
      onError: (text) => complain(process, text),
      onStart: () => record({ kind: 'process', at: Date.now(), process, phase: 'starts' }),
      onEnd(how, ordered) {
        for (const client of lastSerials.keys())
          if (client.startsWith(`${process}.`)) lastSerials.delete(client)
        record({ kind: 'process', at: Date.now(), process, phase: 'ends', how, ordered })
      },
    }),
    lastSerial: (client) => lastSerials.get(client),
  }
}
