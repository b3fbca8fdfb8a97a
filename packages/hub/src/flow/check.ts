import { sha256Of } from '@vwo-hub/protocol'
import { normaliseSettings, settingsFileSchema, type SettingsFile } from '@vwo-hub/protocol/fullstack'
import { findHostility } from '../untrusted/hostility.ts'
import { createProven, type Untried } from '../product/fullstack/proven.ts'
import { readText } from '../untrusted/body-text.ts'
import { createDryRun, type DryRun } from '../product/fullstack/dry-run/dry-run.ts'
import { HubError } from '../errors.ts'
import { explainIssue } from '../untrusted/issue.ts'
import { parseJson } from '../untrusted/json.ts'

/** A settings-file that may be published. */
export interface Checked {
  /** As VWO sent it; only where empty lists came as `{}` it is written anew, with `[]`. */
  readonly text: string
  /** Of the text in UTF-8, hexadecimal. */
  readonly sha256: string
  /** Length of the text in UTF-8. */
  readonly bytes: number
  /** How many campaigns there are. */
  readonly campaigns: number
  readonly accountId: string
  /** The text, parsed. Not to be changed. */
  readonly settingsFile: SettingsFile
}

/** What a settings-file is checked against. */
export interface Expected {
  /** Named in messages. */
  readonly environment: string
  /** Default: any. */
  readonly accountId?: string
  /** Must be the file's own, where the file has one. Default: any. */
  readonly sdkKey?: string
}

export interface CheckerOptions {
  /** Limit for the body. */
  readonly maxBytes: number
  /** Limit for one dry run, in milliseconds, and as much again for each megabyte. @default 5000 */
  readonly dryRunTimeoutMs?: number
  /** Tries what has passed the schema; closed with the checker. @default one of vwo-node-sdk with 256 MB */
  readonly dryRun?: DryRun
}

export interface Checker {
  /** Loads the SDK ahead of the first check, which waits for it otherwise. */
  start(): void
  /**
   * Proves that a settings-file works before anybody gets it: its size, that it is UTF-8 and JSON, harmless and as
   * the SDK needs it, of the right account; then a dry run of the real SDK, which decides everything once. Checks
   * that come together wait for each other. What an earlier one has proven of a file is not tried again.
   *
   * A byte order mark at the start is dropped. Of a name that is there twice the last one counts, as everywhere in
   * JavaScript.
   *
   * @throws {@link HubError} `settings-refused`, naming the place and never a secret; `config-invalid` when there is
   *   no SDK to try it with.
   */
  check(body: Uint8Array | string, expected: Expected): Promise<Checked>
  /** Ends the dry run's thread; a check under way fails. Idempotent. */
  close(): Promise<void>
}

export function createChecker({
  maxBytes,
  dryRunTimeoutMs = 5000,
  dryRun = createDryRun(),
}: CheckerOptions): Checker {
  const proven = createProven()

  async function check(body: Uint8Array | string, expected: Expected): Promise<Checked> {
    const refuse = (why: string): HubError =>
      new HubError(
        'settings-refused',
        `Settings of "${expected.environment}" refused: ${why}. They are not published.`,
      )

    const sent = readText(body, maxBytes)
    if (!sent.ok) throw refuse(sent.why)
    const parsed = parseHarmless(sent.text)
    if (!parsed.ok) throw refuse(parsed.why)
    const untried = proven.untriedIn(parsed.value)
    const fault = untried && findFault(untried)
    if (fault !== undefined) throw refuse(fault)
    const settingsFile = parsed.value as SettingsFile
    const stranger = findStranger(settingsFile, expected)
    if (stranger !== undefined) throw refuse(stranger)
    if (untried !== undefined) {
      const { file, places } = untried
      const tried = JSON.stringify(file)
      const timeoutMs = Math.ceil(dryRunTimeoutMs * (1 + Buffer.byteLength(tried) / 1e6))
      const verdict = await dryRun.run({ text: tried, places }, timeoutMs)
      if (!verdict.ok) throw refuse(verdict.why)
      untried.confirm()
    }

    const text = parsed.isNormalised ? JSON.stringify(settingsFile) : sent.text
    return {
      text,
      sha256: sha256Of(text),
      bytes: Buffer.byteLength(text),
      campaigns: settingsFile.campaigns.length,
      accountId: String(settingsFile.accountId),
      settingsFile,
    }
  }

  return { start: dryRun.start, check, close: dryRun.close }
}

type Parsed =
  | { readonly ok: true; readonly value: unknown; readonly isNormalised: boolean }
  | { readonly ok: false; readonly why: string }

/** JSON that nobody trips over who walks it, with lists for what came as `{}`. */
function parseHarmless(text: string): Parsed {
  const json = parseJson(text)
  if (!json.ok) return { ok: false, why: `expected JSON, got something else ${json.place}` }
  const { value } = json
  const hostility = findHostility(value)
  if (hostility !== undefined) return { ok: false, why: hostility }
  return {
    ok: true,
    value,
    isNormalised: typeof value === 'object' && value !== null && normaliseSettings(value),
  }
}

/** What the schema has against it, with the place in the whole file. */
function findFault({ file, places }: Untried): string | undefined {
  const { error } = settingsFileSchema.safeParse(file, { reportInput: true })
  if (error === undefined) return undefined
  const [first, ...others] = error.issues
  if (first === undefined) return 'unexpected'
  const [list, index, ...inside] = first.path
  const isOfCampaign = list === 'campaigns' && typeof index === 'number'
  const path = isOfCampaign ? [list, places[index] ?? index, ...inside] : first.path
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`
  return `${explainIssue({ ...first, path })}${more}`
}

/** Settings of another account or environment would be valid, and wrong everywhere. */
function findStranger(settingsFile: SettingsFile, { accountId, sdkKey }: Expected): string | undefined {
  const got = String(settingsFile.accountId)
  if (accountId !== undefined && got !== accountId) {
    return `accountId: expected ${accountId}, got ${/^\d{1,20}$/.test(got) ? got : 'something else'}`
  }
  if (sdkKey !== undefined && settingsFile.sdkKey !== undefined && settingsFile.sdkKey !== sdkKey) {
    return 'sdkKey: expected the one of this environment, got another'
  }
  return undefined
}
