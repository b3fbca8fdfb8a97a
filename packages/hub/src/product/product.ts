/**
 * The seam between the hub and what it distributes. Texts go in and plain data comes out: no settings-file that has
 * been parsed leaves this folder, and nothing outside of it knows what is inside one.
 *
 * @module
 */
import type { Explanation, ExplainOptions } from './explanation.ts'
import type { Overview } from './overview.ts'
import type { Preview, PreviewOptions } from './preview/preview.ts'
import type { ProductName } from '@vwo-hub/protocol'
import type { SettingsText } from './settings-text.ts'
import type { TypesOptions } from './types/declare.ts'

/** One product of VWO: a format of settings-files, and the SDK that decides with them. */
export interface Product {
  readonly name: ProductName
  /** What a settings-file consists of, in the singular: `campaign`. */
  readonly unit: string
  /** The SDK that settings-files are tried with. Its name and version are told to VWO unless others are configured. */
  readonly sdk: { readonly name: string; readonly version: string }
  /** Where VWO serves settings-files, as path; a hub serves the same to SDKs that know nothing of it. */
  readonly paths: Readonly<Record<Endpoint, string>>
  /** The query of a request for a settings-file, as the SDK makes it. */
  queryOf(asker: Asker): URLSearchParams
  /** Whose settings-file such a query asks for. */
  ownerIn(query: Readonly<Record<string, string | undefined>>): Owner
  /** The name in such a query by which it says as which SDK it asks. */
  readonly sdkQuery: string
  /** The settings-file that `vwo-hub dev` begins with: JSON, indented, to be edited by hand. */
  readonly sample: string
  open(limits?: JudgingLimits): Judging
}

/** VWO serves `pull` to those that have got a webhook, and `settings` otherwise. */
export type Endpoint = 'settings' | 'pull'

/** Whose a settings-file is. */
export interface Owner {
  readonly accountId: string
  readonly sdkKey: string
}

/** Who asks VWO for it, and as which SDK. */
export interface Asker extends Owner {
  readonly sdk: string
  readonly sdkVersion: string
}

export interface JudgingLimits {
  /** Limit for a settings-file. @default 16777216 */
  readonly maxBytes?: number
  /** Limit for judging one, in milliseconds, and as much again for each megabyte. @default the product's */
  readonly timeoutMs?: number
  /** Refuse what the SDK survives, too. @default false */
  readonly isStrict?: boolean
  /** Limit for the heap of the thread that judges, in megabytes. @default 512 */
  readonly memoryMb?: number
  /** The SDK: a name as for `require`, or a folder. @default the product's */
  readonly sdk?: string
}

/** Everything that is known of settings-files, found out in threads with limits: none of it stalls the hub. */
export interface Judging {
  /** Loads the SDK ahead of the first question, which waits for it otherwise. */
  start(): void
  /**
   * Proves that a settings-file works before anybody gets it, and says what it would change: its size, that it is
   * UTF-8 and JSON, harmless and as the SDK needs it, of the right owner; then the real SDK decides everything once.
   * What an earlier one has proven of it is not tried again. Those that come together wait for each other.
   *
   * A byte order mark at the start is dropped. Of a name that is there twice the last one counts, as everywhere in
   * JavaScript.
   *
   * @throws {@link HubError} `config-invalid` when there is no SDK to try it with; `closed`.
   */
  judge(candidate: Candidate): Promise<Verdict>
  /**
   * What one settings-file changes against another, in words. Both have been judged before.
   *
   * @throws {@link HubError} `timeout`; `not-possible` when its thread fails.
   */
  changes(before: SettingsText, after: SettingsText): Promise<Changes>
  /**
   * What is live, for people to look at. The settings-file has been judged before.
   *
   * @throws {@link HubError} `timeout`; `not-possible` when its thread fails, or it is of another product.
   */
  overview(text: SettingsText): Promise<Overview>
  /**
   * A settings-file without the unit of a key: not judged yet. The one that it comes from has been.
   *
   * @throws {@link HubError} `not-found` where nothing of that key runs; `timeout`; `not-possible` when its thread fails.
   */
  without(text: SettingsText, key: string): Promise<SettingsText>
  /**
   * Decides for many users with one settings-file and with another, and compares. Both have been judged before.
   *
   * @throws {@link HubError} `timeout`; `not-possible` when its thread fails.
   */
  preview(options: PreviewOptions): Promise<Preview>
  /**
   * Has the real SDK decide for one user, and says step by step why.
   *
   * @throws {@link HubError} `timeout`; `not-possible` when its thread fails.
   */
  explain(options: ExplainOptions): Promise<Explanation>
  /**
   * The keys that an app may ask for, as TypeScript types for the client of the product: a module that exports `Vwo`, sorted,
   * the same whenever the keys are. The settings-file has been judged before.
   *
   * @throws {@link HubError} `timeout`; `not-possible` when its thread fails, or for more than 32 MiB of types.
   */
  types(options: TypesOptions): Promise<string>
  /** Ends what is being judged, which fails. Idempotent. */
  close(): Promise<void>
}

/** A settings-file that VWO has sent, or that somebody asks about. */
export interface Candidate {
  /** As sent. */
  readonly body: Uint8Array | string
  /** Whose it has to be; the sdkKey only where the file has one. Default: anybody's. */
  readonly owner?: Partial<Owner>
  /** What is published. Default: nothing. */
  readonly previous?: Previous | undefined
  /** Who has given it up: it is not judged when its turn comes. */
  readonly signal?: AbortSignal
}

/** A settings-file that is published. */
export interface Previous {
  readonly text: SettingsText
  readonly sha256: string
  /** What was said of it by a hub of this very version: then it need not be tried again. */
  readonly warnings?: Warnings | undefined
}

export type Verdict =
  /** With the place, and never a secret: `campaigns[3].key: expected a string, got nothing`. */
  { readonly ok: false; readonly why: string } | Accepted

/** A settings-file that may be published. */
export interface Accepted {
  readonly ok: true
  /** As VWO sent it, to the letter. */
  readonly text: SettingsText
  /** Of the text, hexadecimal. */
  readonly sha256: string
  /** Length of the text. */
  readonly bytes: number
  readonly accountId: string
  /** How many units it has. */
  readonly units: number
  /** What it changes against what is published, in one line, with the warnings that are new. */
  readonly summary: string
  /** What is wrong with it, and survived by the SDK. */
  readonly warnings: Warnings
  /** What of that which runs would end by it. */
  readonly ending: Ending
}

/** Everything that is wrong with a settings-file that may be published. */
export interface Warnings {
  readonly count: number
  /** The first ones. */
  readonly told: readonly ToldWarning[]
}

/** One thing that is wrong with a settings-file, and survived. */
export interface Warning {
  /**
   * - `fault`: not as the SDK needs it; `undecided`: its decisions fail. Both are refused under `HUB_STRICT=on`.
   * - `share`: traffic or weights that do not add up; `duplicate`: what stands behind another one of its name.
   */
  readonly kind: 'fault' | 'undecided' | 'share' | 'duplicate'
  /** The key of the unit that it is about; absent for what belongs to none. */
  readonly unit?: string
  /** Inside of it; empty for the whole. */
  readonly place: string
  readonly why: string
  /** By this the unit decides for nobody. */
  readonly isMute?: true
}

export interface ToldWarning extends Warning {
  /** All of it in one line, harmless: `checkout-test (variations): expected weights of 100 together, got 90`. */
  readonly text: string
}

/** Running units that would not run any more, or decide for nobody. */
export interface Ending {
  readonly count: number
  /** Of so many that run now. */
  readonly running: number
  /** Some of them by name, harmless in a line. */
  readonly named: readonly string[]
}

/** One thing that changed. Both texts are single lines without control characters, whatever the file contains. */
export interface Change {
  /** What it is about: a unit's key, `group <name>`, or `settings-file` for what belongs to no unit. */
  readonly subject: string
  /** Whether the subject itself came, went, or is another than before. */
  readonly kind: 'added' | 'changed' | 'removed'
  /** What happened to it: `traffic 50 → 80 %`. */
  readonly text: string
}

/** What one settings-file changes against another. */
export interface Changes {
  /** One line. */
  readonly summary: string
  /** Everything, in the order of the new settings-file; what is gone comes last. */
  readonly changes: readonly Change[]
  /** Of the new one. */
  readonly accountId: string
  readonly units: number
  readonly sha256: string
}
