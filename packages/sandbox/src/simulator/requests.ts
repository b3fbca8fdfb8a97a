import type { IncomingHttpHeaders } from 'node:http'
import type { Endpoint, Fault } from './faults.ts'

/** A request for the settings-file, as it came. */
export interface SimulatorRequest {
  /** Unix time in milliseconds. */
  readonly at: number
  readonly endpoint: Endpoint
  /** Path with query. */
  readonly url: string
  readonly query: Readonly<Record<string, string>>
  readonly headers: Readonly<IncomingHttpHeaders>
  /** What was answered: the settings-file, 304, 400 for a wrong account or key, or a fault. */
  readonly answer: 'settings-file' | 'not-modified' | 'refused' | Fault['kind']
}
