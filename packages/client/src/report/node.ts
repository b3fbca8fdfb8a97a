/**
 * What a node says about itself when it reports.
 *
 * @module
 */
import { hostname } from 'node:os'
import { instanceName, type NodeRecord } from '@vwo-hub/protocol'
import { versionOfClient } from '../manifest.ts'

/** What does not change for the life of a client. */
export interface NodeIdentity {
  readonly id: string
  readonly record: Pick<NodeRecord, 'host' | 'pid' | 'sdk' | 'client'>
}

/** A node's name is part of a key, and shown to people. */
export const NODE_NAME = '1 to 100 of a-z, A-Z, 0-9, ".", "_", ":", "-"'

export function isNodeName(name: unknown): name is string {
  return typeof name === 'string' && /^[\w.:-]{1,100}$/.test(name)
}

/**
 * @param sdk - The SDK that decides.
 * @param name - Of the node. Default: one of {@link instanceName}.
 */
export function identityOf(
  sdk: { readonly name: string; readonly version: string },
  name?: string,
): NodeIdentity {
  return {
    id: name ?? instanceName(),
    record: {
      host: hostname(),
      pid: process.pid,
      sdk: [sdk.name, sdk.version].filter(Boolean).join('/'),
      client: versionOfClient(),
    },
  }
}
