/** What a thing looks like: `busy` passes by itself, `warn` is meant to be, `bad` needs a person. */
export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'none'

const worstFirst: readonly Tone[] = ['bad', 'warn', 'busy', 'none', 'good']

/** Puts what needs a person first. */
export function worseFirst(a: Pick<Look, 'tone'>, b: Pick<Look, 'tone'>): number {
  return worstFirst.indexOf(a.tone) - worstFirst.indexOf(b.tone)
}

/** How a thing is, for people. */
export interface Look {
  readonly tone: Tone
  readonly label: string
  /** Never says a number that changes while nothing happens: it is read out when it changes. */
  readonly sentence: string
}
