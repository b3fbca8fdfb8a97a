import { HubError } from '../errors.ts'
import type { Environment } from '../environment/environment.ts'
import type { Change, Judging } from '../product/product.ts'
import { type NamedSettings, readRevision } from './read-revision.ts'

/** What one settings-file changes against another one. */
export interface RevisionDiff {
  readonly environment: string
  readonly from: NamedSettings['revision']
  readonly to: NamedSettings['revision']
  /** Whether both are the same text. */
  readonly isSame: boolean
  /** One line; empty when they are the same. */
  readonly summary: string
  readonly changes: readonly Change[]
}

/** Two settings-files that have been checked, by a hub that has published or kept them. */
export interface RevisionPair {
  readonly from: NamedSettings
  readonly to: NamedSettings
}

/**
 * Reads two settings-files by their names.
 *
 * @param names.to - As {@link readRevision} takes it.
 * @param names.from - The same. Default: the kept revision before the other one; of what is not published, the newest.
 * @throws {@link HubError} `not-found`
 */
export async function readPair(
  environment: Pick<Environment, 'name' | 'read'>,
  names: { readonly from?: string | undefined; readonly to: string },
): Promise<RevisionPair> {
  const revisions = await environment.read.revisions()
  const known = { revisions, now: new Date() }
  const to = await readRevision(environment, names.to, known)
  const from = names.from ?? before(to.revision, revisions, environment.name)
  return { from: await readRevision(environment, from, known), to }
}

/**
 * Says in words what a settings-file changes against another one.
 *
 * @throws {@link HubError} `timeout`, `not-possible`
 */
export async function diffOf(
  judging: Pick<Judging, 'changes'>,
  environment: string,
  { from, to }: RevisionPair,
): Promise<RevisionDiff> {
  const isSame = Buffer.compare(from.text, to.text) === 0
  const { summary, changes } = isSame
    ? { summary: '', changes: [] }
    : await judging.changes(from.text, to.text)
  return { environment, from: from.revision, to: to.revision, isSame, summary, changes }
}

function before(
  revision: NamedSettings['revision'],
  revisions: readonly number[],
  environment: string,
): string {
  if (typeof revision === 'string') return 'latest'
  const found = revisions.find((other) => other < revision)
  if (found !== undefined) return String(found)
  throw new HubError(
    'not-found',
    `Cannot compare revision ${revision}: none before it is kept. See "vwo-hub history ${environment}".`,
  )
}
