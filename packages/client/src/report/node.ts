/**
 * What a node says about itself when it reports.
 *
 * @module
 */
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import type { NodeRecord } from '@vwo-hub/protocol'
import { z } from 'zod'
import { versionOfClient } from '../manifest.ts'

/** What does not change for the life of a client. */
export interface NodeIdentity {
  readonly id: string
  readonly record: Pick<NodeRecord, 'host' | 'pid' | 'sdk' | 'client'>
}

/** A node's name is part of a key, and shown to people. */
export const nodeNameSchema = z
  .string()
  .regex(/^[\w.:-]{1,100}$/, 'expected 1 to 100 of a-z, A-Z, 0-9, ".", "_", ":", "-"')

/**
 * @param sdk - The SDK that decides.
 * @param name - Of the node. Default `<host>-<pid>-<4 random digits>`: a process can have several clients.
 */
export function identityOf(
  sdk: { readonly name: string; readonly version: string },
  name?: string,
): NodeIdentity {
  const host = hostname()
  return {
    id: name ?? `${host}-${process.pid}-${randomBytes(2).toString('hex')}`,
    record: {
      host,
      pid: process.pid,
      sdk: [sdk.name, sdk.version].filter(Boolean).join('/'),
      client: versionOfClient(),
    },
  }
}
