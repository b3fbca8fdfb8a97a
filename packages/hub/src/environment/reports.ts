import { numberOf, timeOf } from './fields.ts'

/** How far the refresh of an environment is. Times are ISO 8601 UTC, by Redis' clock. */
export interface RefreshStatus {
  /** Tickets given out; a fetch is due while it is higher than `completed`. */
  readonly requested: number
  readonly completed: number
  /** Set while a hub fetches: names that one attempt. */
  readonly owner?: string
  /** When another hub may take over. */
  readonly leaseUntil?: string
  readonly lastFetchAt?: string
  /** No hub fetches before. */
  readonly notBefore?: string
  /** Fetches in a row that brought nothing new. */
  readonly fruitless: number
  /** What asked for the refresh that is due. */
  readonly trigger?: string
}

/** What a hub says about itself. */
export interface HubReport {
  readonly id: string
  readonly state: string
  readonly startedAt: string
  readonly host: string
  readonly pid: number
  readonly version: string
  /** The newest revision that this hub knows; 0 when none. */
  readonly revision: number
  /** Its last fetch; another hub may have fetched since. */
  readonly lastFetch?: { readonly at: string; readonly result: string; readonly message: string }
}

export function refreshStatusOf(fields: Record<string, string>): RefreshStatus {
  const { owner, trigger } = fields
  const leaseUntil = timeOf(fields['leaseUntil'])
  const lastFetchAt = timeOf(fields['lastFetchAt'])
  const notBefore = timeOf(fields['notBefore'])
  return {
    requested: numberOf(fields['requested']) ?? 0,
    completed: numberOf(fields['completed']) ?? 0,
    fruitless: numberOf(fields['fruitless']) ?? 0,
    ...(owner !== undefined && { owner }),
    ...(leaseUntil !== undefined && { leaseUntil }),
    ...(lastFetchAt !== undefined && { lastFetchAt }),
    ...(notBefore !== undefined && { notBefore }),
    ...(trigger !== undefined && { trigger }),
  }
}

/** @returns undefined when the report has expired: that hub is gone. */
export function hubReportOf(id: string, fields: Record<string, string>): HubReport | undefined {
  if (Object.keys(fields).length === 0) return undefined
  const { lastFetchAt, lastFetchResult, lastFetchMessage } = fields
  return {
    id,
    state: fields['state'] ?? '',
    startedAt: fields['startedAt'] ?? '',
    host: fields['host'] ?? '',
    pid: numberOf(fields['pid']) ?? 0,
    version: fields['version'] ?? '',
    revision: numberOf(fields['revision']) ?? 0,
    ...(lastFetchAt !== undefined && {
      lastFetch: { at: lastFetchAt, result: lastFetchResult ?? '', message: lastFetchMessage ?? '' },
    }),
  }
}
