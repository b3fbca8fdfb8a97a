import type { ProductName } from '@vwo-hub/protocol'
import type { Changes } from '../product.ts'
import type { Finding } from './unit-finding.ts'
import type { Parts } from './parts.ts'
import type { Normalise } from './read-candidate.ts'

/** A settings-file, as far as products have in common what is in it; it is only known to have been JSON. */
export interface AnyFile {
  readonly accountId: number | string
  readonly sdkKey?: string | undefined
}

/** What a product knows of the form of its settings-files. */
export interface Format<File extends AnyFile> {
  readonly product: ProductName
  readonly normalise: Normalise
  /** Why a value is no settings-file that can be tried, with the place. */
  unusable(value: unknown): string | undefined
  /** What an SDK takes, and harms its app by, with the place. */
  danger(file: File): string | undefined
  /** The same with everything in its place, for words, which must not stumble over what an SDK survives. */
  tidy(file: File): File
  /** Its units; anything may be in the list of one that is not tidy. */
  units(file: File): readonly ({ readonly key?: unknown } | null)[]
  partsOf(file: File): Parts
  /** The keys of the units that run. */
  running(file: File): ReadonlySet<string>
  /** The file as it was sent, without the units of a key. What else is wrong with it then, judging it tells. */
  without(file: Readonly<Record<string, unknown>>, key: string): object
  /** What changes, in words; both tidy. */
  summarise(previous: File | undefined, next: File): Pick<Changes, 'summary' | 'changes'>
}

/** Tries what has not been tried of a settings-file. @returns Why it is refused, with the place, or what it survives. */
export type Examine<File> = (file: File) => Examined | Promise<Examined>

export type Examined = { readonly refusal: string } | { readonly findings: readonly Finding[] }
