import { HubError } from '../errors.ts'
import type { Environment } from '../environment/environment.ts'
import type { StoredSettings } from '../environment/read-history.ts'
import { resolveRevision } from './revision-name.ts'
import type { Change, Judging } from '../product/product.ts'

/** What one kept revision changes against another one. */
export interface RevisionDiff {
  readonly environment: string
  readonly from: number
  readonly to: number
  /** Whether both are the same text. */
  readonly isSame: boolean
  /** One line; empty when they are the same. */
  readonly summary: string
  readonly changes: readonly Change[]
}

/** Two kept revisions with their texts, which have been checked before they were published. */
export interface RevisionPair {
  readonly from: StoredSettings
  readonly to: StoredSettings
}

/**
 * Reads two kept revisions by their names.
 *
 * @param names.to - As {@link resolveRevision} takes it.
 * @param names.from - The same. Default: the kept revision before the other one.
 * @throws {@link HubError} `not-found`
 */
export async function readPair(
  { name: environment, read }: Environment,
  names: { readonly from?: string | undefined; readonly to: string },
): Promise<RevisionPair> {
  const options = { environment, now: new Date() }
  const revisions = await read.revisions()
  const to = resolveRevision(names.to, revisions, options)
  const from =
    names.from === undefined
      ? before(to, revisions, environment)
      : resolveRevision(names.from, revisions, options)
  const [older, newer] = await Promise.all([read.revision(from), read.revision(to)])
  return { from: older, to: newer }
}

/**
 * Says in words what a revision changes against another one.
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

function before(revision: number, revisions: readonly number[], environment: string): number {
  const found = revisions.find((candidate) => candidate < revision)
  if (found !== undefined) return found
  throw new HubError(
    'not-found',
    `Cannot compare revision ${revision}: none before it is kept. See "vwo-hub history ${environment}".`,
  )
}
