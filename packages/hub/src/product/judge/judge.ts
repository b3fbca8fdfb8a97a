import { sha256Of } from '@vwo-hub/protocol'
import type { Accepted, Owner } from '../product.ts'
import { withoutKeys } from '../without-keys.ts'
import { endingOf } from './ending.ts'
import { isStrictly, refusalOf } from './unit-finding.ts'
import type { AnyFile, Examine, Format } from './format.ts'
import { createKept, type Judged, type PreviousQuestion } from './kept.ts'
import type { Proven } from './proven.ts'
import { readCandidate } from './read-candidate.ts'
import { findStranger } from './stranger.ts'
import { newWarnings, told } from './warnings.ts'

/** What the thread is asked. */
export interface JudgeQuestion {
  /** In memory that both threads see: it is neither copied nor lost with the thread. */
  readonly body: Uint8Array
  readonly maxBytes: number
  readonly owner: Partial<Owner>
  readonly isStrict: boolean
  /** What is published; its text only where the thread has asked for it. */
  readonly previous: PreviousQuestion | undefined
}

export type JudgeAnswer =
  | { readonly ok: false; readonly why: string }
  /** It does not have the text of what is published: it has to be asked again, with that. */
  | { readonly ok: 'previous' }
  | (Omit<Accepted, 'text'> & {
      /** What has been proven by it and was not before, for the next thread. */
      readonly proven: Uint8Array
    })

export interface JudgeOptions<File extends AnyFile> {
  readonly format: Format<File>
  /** Tries it, and says what it survives. */
  readonly examine: Examine<File>
  readonly proven: Proven
  /** Its element says where {@link Examine} is. */
  readonly progress: Int32Array
}

/** Judges one settings-file after the other, in one pass each: it is parsed once, and nothing of it leaves but words. */
export function createJudge<File extends AnyFile>(
  options: JudgeOptions<File>,
): (question: JudgeQuestion) => Promise<JudgeAnswer> {
  const { format, examine, proven, progress } = options
  const kept = createKept(format, proven)

  return async ({ body, maxBytes, owner, isStrict, previous: asked }) => {
    const refuse = (why: string): JudgeAnswer => ({ ok: false, why: withoutKeys(why, [owner.sdkKey]) })
    Atomics.store(progress, 0, 0)
    const previous = asked && kept.get(asked)
    if (asked !== undefined && previous === undefined && asked.text === undefined) return { ok: 'previous' }

    const read = readCandidate(body, maxBytes, format.normalise, previous?.campaigns)
    if (!read.ok) return refuse(read.why)
    const unusable = format.unusable(read.value)
    if (unusable !== undefined) return refuse(unusable)
    const file = read.value as File
    const stranger = findStranger(file, owner) ?? format.danger(file)
    if (stranger !== undefined) return refuse(stranger)
    const examined = await examine(file)
    if ('refusal' in examined) return refuse(examined.refusal)

    const { findings } = examined
    const strictly = isStrict ? findings.find(({ warning }) => isStrictly(warning)) : undefined
    if (strictly !== undefined) return refuse(refusalOf(strictly))
    const warnings = findings.map(({ warning }) => warning)
    const tidied = warnings.some(isStrictly) ? format.tidy(file) : file
    const judged: Judged<File> = { file, tidied, warnings, campaigns: read.campaigns }
    const sha256 = sha256Of(read.text)
    const bytes = read.text.length
    kept.add(sha256, bytes, judged)
    const summary = format.summarise(previous?.tidied, tidied).summary
    const running = ({ file: of, warnings: ofIt }: Judged<File>) => ({
      running: format.running(of),
      warnings: ofIt,
    })
    return {
      ok: true,
      sha256,
      bytes,
      accountId: String(file.accountId),
      units: format.units(file).length,
      ...withoutKeys(
        {
          summary: `${summary}${newWarnings(previous?.warnings, judged.warnings)}`,
          warnings: told(judged.warnings),
          ending: endingOf(previous && running(previous), running(judged)),
        },
        [owner.sdkKey, file.sdkKey, previous?.file.sdkKey],
      ),
      proven: proven.take(),
    }
  }
}
