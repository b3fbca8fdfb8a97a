import { collectDefaultMetrics, Registry } from 'prom-client'

let register: Registry | undefined

/** Memory, processor time and event loop of this process, measured once for all hubs in it. */
export function processMetrics(): Registry {
  if (register === undefined) {
    register = new Registry()
    collectDefaultMetrics({ register })
  }
  return register
}
