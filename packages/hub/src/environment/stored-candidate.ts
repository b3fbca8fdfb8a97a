import { sha256Of } from '@vwo-hub/protocol'
import { z } from 'zod'
import type { SettingsText } from '../product/settings-text.ts'
import { fieldsSchema } from './fields.ts'
import type { Place } from './place.ts'
import { readTogether } from './together.ts'

/** Why what VWO has is not published: the guard holds it back, or it waits for the end of a pin. */
export const CANDIDATE_KINDS = ['held', 'waiting'] as const
export type CandidateKind = (typeof CANDIDATE_KINDS)[number]

/** A settings-file that VWO has, and that is not published. */
export interface StoredCandidate {
  readonly kind: CandidateKind
  readonly sha256: string
  /** undefined where it is not kept: the hub that has fetched it is of an older version, or may not write it. */
  readonly text: SettingsText | undefined
}

const answersSchema = z.tuple([z.instanceof(Buffer).nullable().default(null), fieldsSchema.default({})])

/** What is not published, with why it is not, both from one moment; undefined where nothing waits. */
export async function readCandidate({ redis, keys }: Place): Promise<StoredCandidate | undefined> {
  const [text, meta] = await readTogether(redis, answersSchema, (batch) =>
    batch.getBuffer(keys.candidate).hgetall(keys.meta),
  )
  const kind = CANDIDATE_KINDS.find((each) => meta[`${each}Sha256`] !== undefined)
  if (kind === undefined) return undefined
  const sha256 = meta[`${kind}Sha256`] ?? ''
  // A hub of an older version leaves there what had waited before.
  return { kind, sha256, text: text !== null && sha256Of(text) === sha256 ? text : undefined }
}
