import type { Environment } from '../environment/environment.ts'
import { CANDIDATE_KINDS, type CandidateKind } from '../environment/stored-candidate.ts'
import { HubError } from '../errors.ts'
import type { SettingsText } from '../product/settings-text.ts'
import { resolveRevision } from './revision-name.ts'

/** A settings-file that a person has named. */
export interface NamedSettings {
  /** The number of a kept revision, or why it is none. */
  readonly revision: number | CandidateKind
  readonly text: SettingsText
}

/**
 * Reads a kept revision by its name, or what VWO has and is not published.
 *
 * @param revisionName - `held`, `waiting`, or as {@link resolveRevision} takes it.
 * @param known.revisions - The kept ones, newest first, where they have been read.
 * @throws {@link HubError} `not-found`
 */
export async function readRevision(
  environment: Pick<Environment, 'name' | 'read'>,
  revisionName: string,
  known: { readonly revisions?: readonly number[]; readonly now?: Date } = {},
): Promise<NamedSettings> {
  const { name, read } = environment
  const kind = CANDIDATE_KINDS.find((each) => each === revisionName.trim())
  if (kind !== undefined) return await readNotPublished(environment, kind)
  const kept = known.revisions ?? (await read.revisions())
  return await read.revision(resolveRevision(revisionName, kept, { ...known, environment: name }))
}

const absent: Readonly<Record<CandidateKind, string>> = {
  held: 'nothing is held back',
  waiting: 'nothing waits for the end of a pin',
}

async function readNotPublished(
  { name, read }: Pick<Environment, 'name' | 'read'>,
  kind: CandidateKind,
): Promise<NamedSettings> {
  const candidate = await read.candidate()
  if (candidate?.kind !== kind) {
    const other = candidate === undefined ? '' : ` What VWO has is "${candidate.kind}".`
    throw new HubError('not-found', `Cannot find "${kind}" of "${name}": ${absent[kind]}.${other}`)
  }
  const { text } = candidate
  if (text !== undefined) return { revision: kind, text }
  throw new HubError(
    'not-found',
    `Cannot read "${kind}" of "${name}": the hub that has fetched it is of a version that does not keep it. ` +
      `A newer one does with its next fetch: vwo-hub refresh ${name}`,
  )
}
