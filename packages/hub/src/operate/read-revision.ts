import type { Environment } from '../environment/environment.ts'
import type { StoredSettings } from '../environment/read-history.ts'
import { resolveRevision } from './revision-name.ts'

/**
 * Reads a kept revision by its name.
 *
 * @param revisionName - As {@link resolveRevision} takes it.
 * @throws {@link HubError} `not-found`
 */
export async function readRevision(
  { name, read }: Environment,
  revisionName: string,
): Promise<StoredSettings> {
  return await read.revision(resolveRevision(revisionName, await read.revisions(), { environment: name }))
}
