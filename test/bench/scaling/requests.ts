/**
 * What a client of the hub sends, byte for byte: `requests.test.ts` holds it against a real one.
 *
 * @module
 */
import { ANNOUNCED_FIELDS, keysOf, NODE_REPORT_MS, type Keys } from '@vwo-hub/protocol'

/** The requests of one client, in the form in which they go over the wire. */
export interface Requests {
  /** Sent at once when the connection is open; has two answers. */
  readonly greeting: Buffer
  /** ioredis' own ready check. */
  readonly readyCheck: Buffer
  /** Subscribes and reads; has three answers and one pushed acknowledgement. */
  readonly following: Buffer
  /** The periodic read of the revision. */
  readonly read: Buffer
  readonly time: Buffer
  /** A settings-file past the inline limit, compressed, or one that no message brought. */
  fetchOf(revision: number, bytes: number, inlineLimitBytes: number): Buffer
  /** One step of seven answers. */
  reportOf(node: Readonly<Record<string, string>>, now: number): Buffer
}

export interface RequestOptions {
  readonly environment: string
  /** The node's name, as in its reports. */
  readonly id: string
  readonly isCluster: boolean
  /** Whether the node reports: then it asks at each connection how many others do. */
  readonly isReporting: boolean
}

export function createRequests(options: RequestOptions): Requests {
  const { environment, id, isCluster, isReporting } = options
  const keys: Keys = keysOf(environment)
  const read = ['hmget', keys.meta, ...ANNOUNCED_FIELDS]
  return {
    greeting: encode(['hello', '3'], ['client', 'setname', `vwo-client:${environment}`]),
    readyCheck: encode(['info']),
    following: encode(
      ...(isReporting ? [['zcard', keys.nodes]] : []),
      ['time'],
      [isCluster ? 'ssubscribe' : 'subscribe', keys.updates],
      read,
    ),
    read: encode(read),
    time: encode(['time']),
    fetchOf: (revision, bytes, inlineLimitBytes) =>
      encode([
        'get',
        bytes > inlineLimitBytes ? keys.compressedSettingsOf(revision) : keys.settingsOf(revision),
      ]),
    reportOf: (node, now) =>
      encode(
        ['multi'],
        ['hset', keys.node(id), ...Object.entries(node).flat()],
        ['pexpire', keys.node(id), String(NODE_REPORT_MS)],
        ['zadd', keys.nodes, String(now), id],
        ['zremrangebyscore', keys.nodes, '-inf', String(now - NODE_REPORT_MS)],
        ['zcard', keys.nodes],
        ['exec'],
      ),
  }
}

/** Commands as RESP, one after the other. */
function encode(...commands: readonly (readonly string[])[]): Buffer {
  const bulk = (text: string): string => `$${Buffer.byteLength(text)}\r\n${text}\r\n`
  return Buffer.from(commands.map((words) => `*${words.length}\r\n${words.map(bulk).join('')}`).join(''))
}
