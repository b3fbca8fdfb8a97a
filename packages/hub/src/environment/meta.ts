/** What is known of the published revision: as it is stored, and as it is told. */
import {
  type Meta as MetaRecord,
  PROTOCOL,
  PRODUCT_NAMES,
  productNamed,
  READABLE_SINCE,
} from '@vwo-hub/protocol'
import { readJudged } from '../product/judged.ts'
import type { SettingsText } from '../product/settings-text.ts'
import { numberOf, revisionOf } from './fields.ts'

/** The fields of the `meta` hash, as stored, without the revision. */
export type Meta = Omit<MetaRecord, 'revision'>

export const SPEAKS = String(PROTOCOL)

/** What every publication says of this hub's protocol, and of who can read it. @param product - As `meta` has it. */
export function spokenOf(
  product: string | undefined,
): Required<Pick<Meta, 'protocol' | 'speaks' | 'product'>> {
  const named = productNamed(product)
  const known = PRODUCT_NAMES.find((name) => name === named) ?? 'fullstack'
  return { protocol: String(READABLE_SINCE[known]), speaks: SPEAKS, product: named }
}

/** One stored settings-file with what is known about it. */
export interface Published {
  readonly revision: number
  readonly text: SettingsText
  readonly meta: Meta
}

/** What is known about the published revision. Times are ISO 8601 UTC. */
export interface RevisionMeta {
  readonly revision: number
  readonly sha256: string
  readonly bytes: number
  readonly campaigns: number
  readonly publishedAt: string
  readonly fetchedAt: string
  /** The last time that VWO was asked and answered well. */
  readonly checkedAt: string
  readonly trigger: string
  readonly accountId: string
  /** What it is a settings-file of: `fullstack` or `fme`. */
  readonly product: string
  readonly protocol: number
  /** Which SDK's format was asked for: `vwo-node-sdk/1.73.0`. */
  readonly sdk: string
  /** The revision whose content this is. Only after a rollback. */
  readonly contentOf?: number
  /** What is wrong with it, and survived by the SDK: how much, and the first of it in words. Only where something is. */
  readonly warningCount?: number
  readonly warnings?: readonly string[]
  /** Until then nothing new is published. Only while pinned. */
  readonly pinnedUntil?: string
  /** What VWO has instead would change this. Only while pinned. */
  readonly waiting?: string
  readonly waitingSha256?: string
  /** Why a valid settings-file is not published. Only while the guard holds one back. */
  readonly held?: string
  readonly heldSha256?: string
  readonly heldSince?: string
  /** Then it is released by itself. */
  readonly heldUntil?: string
}

/** Fields that are there only while they mean something. */
const standing = [
  'pinnedUntil',
  'waiting',
  'waitingSha256',
  'held',
  'heldSha256',
  'heldSince',
  'heldUntil',
] as const

/** A revision is the time of its publication, by Redis' clock. */
export const publishedAtOf = (revision: number): string => new Date(revision).toISOString()

/**
 * @param now - Redis' clock, Unix milliseconds, where the fields have not been judged by it before.
 * @returns undefined where nothing is published.
 */
export function revisionMetaOf(
  fields: Record<string, string>,
  now: number = Number.POSITIVE_INFINITY,
): RevisionMeta | undefined {
  const revision = revisionOf(fields['revision'], now)
  if (revision === undefined) return undefined
  const contentOf = numberOf(fields['contentOf'])
  return {
    revision,
    sha256: fields['sha256'] ?? '',
    bytes: numberOf(fields['bytes']) ?? 0,
    campaigns: numberOf(fields['campaigns']) ?? 0,
    publishedAt: publishedAtOf(revision),
    fetchedAt: fields['fetchedAt'] ?? '',
    checkedAt: fields['checkedAt'] ?? '',
    trigger: fields['trigger'] ?? '',
    accountId: fields['accountId'] ?? '',
    product: productNamed(fields['product']),
    protocol: numberOf(fields['protocol']) ?? 0,
    sdk: fields['sdk'] ?? '',
    ...(contentOf !== undefined && { contentOf }),
    ...warningsOf(fields),
    ...Object.fromEntries(
      standing.flatMap((name) => (fields[name] === undefined ? [] : [[name, fields[name]]])),
    ),
  }
}

function warningsOf({
  judged,
  sha256 = '',
}: Record<string, string>): Pick<RevisionMeta, 'warningCount' | 'warnings'> {
  const { count = 0, told = [] } = readJudged(judged, sha256) ?? {}
  return count === 0 ? {} : { warningCount: count, warnings: told.map(({ text }) => text) }
}
