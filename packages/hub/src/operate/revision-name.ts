import { HubError } from '../errors.ts'

/** How a person may name a revision, for `--help` and for error messages. */
export const revisionNames =
  'a number, "latest", "previous", "~2", or a time such as "14:05" or "2025-11-23T14:05"'

/** The same with the names of what VWO has and is not published, for commands that publish nothing. */
export const settingsNames = `${revisionNames}; "held" or "waiting" for what VWO has and is not published`

/** What to look at where nothing is published: what is not there may only be called otherwise. */
export const isItsName = 'Are the name of the environment and HUB_PREFIX right?'

/** What a name of an environment that looks like one of a revision was probably meant for. Empty for others. */
export function isPerhapsRevision(environment: string): string {
  return isRevisionName(environment)
    ? ` A revision is named after the environment: "default ${environment}".`
    : ''
}

/** Whether a text has the form of a name for a settings-file in Redis, rather than that of a file's name. */
export function isRevisionName(text: string): boolean {
  const name = text.trim()
  return /^(?:latest|previous|held|waiting|~?\d+)$/.test(name) || timeOf(name, new Date()) !== undefined
}

/**
 * Finds the revision that a person means.
 *
 * - a number: that revision
 * - `latest`, `previous`, `~2`: counted back from the newest, which is `~0`
 * - a time: the revision that was live then; `14:05` is the last time that a clock showed it, and a time without
 *   a zone is meant in the zone of this process. A minute means its beginning, a second its end: `14:05:30` also names
 *   what was published within that second, as lists show it
 *
 * @param revisions - The kept ones, newest first.
 * @param options.environment - Named in messages.
 * @param options.now - What `14:05` is counted from.
 * @throws {@link HubError} `not-found` when it is none of the kept ones, or not a name at all.
 */
export function resolveRevision(
  name: string,
  revisions: readonly number[],
  { environment, now = new Date() }: { readonly environment: string; readonly now?: Date },
): number {
  const found = find(name.trim(), revisions, now)
  if (found !== undefined) return found
  const oldest = revisions.at(-1)
  throw new HubError(
    'not-found',
    oldest === undefined
      ? `Cannot find revision "${name}": nothing has been published for "${environment}" yet. ${isItsName}${isPerhapsRevision(environment)}`
      : `Cannot find revision "${name}": expected ${revisionNames}, within the ${revisions.length} kept ` +
          `since ${new Date(oldest).toISOString()} (revision ${oldest}). See "vwo-hub history ${environment}".`,
  )
}

function find(name: string, revisions: readonly number[], now: Date): number | undefined {
  if (name === 'latest') return revisions[0]
  if (name === 'previous') return revisions[1]
  const back = /^~(\d{1,6})$/.exec(name)
  if (back !== null) return revisions[Number(back[1])]
  if (/^\d+$/.test(name)) return revisions.find((revision) => revision === Number(name))
  const time = timeOf(name, now)
  return time === undefined ? undefined : revisions.find((revision) => revision <= time)
}

/** Unix milliseconds, or undefined for what is no time. */
function timeOf(name: string, now: Date): number | undefined {
  const clock = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(name)
  if (clock !== null) {
    const [hours, minutes, seconds] = [Number(clock[1]), Number(clock[2]), Number(clock[3] ?? 0)]
    if (hours > 23 || minutes > 59 || seconds > 59) return undefined
    const time = new Date(now)
    time.setHours(hours, minutes, seconds, 0)
    if (time > now) time.setDate(time.getDate() - 1)
    return time.getTime() + (clock[3] === undefined ? 0 : 999)
  }
  // A date alone would be midnight UTC to Date, unlike a date with a time: say midnight here.
  const dateOnly = /^\d{4}-\d{2}-\d{2}$/.test(name)
  if (!dateOnly && !/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/.test(name)) return undefined
  // As lists show it: with spaces before the clock and the zone.
  const written = name.replace(/ (?=[+-]\d{2}:\d{2}$)/, '').replace(' ', 'T')
  const time = Date.parse(dateOnly ? `${name}T00:00` : written)
  if (Number.isNaN(time)) return undefined
  return /:\d{2}:\d{2}(?![.:\d])/.test(name) ? time + 999 : time
}
