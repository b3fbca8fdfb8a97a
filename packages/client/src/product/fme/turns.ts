/**
 * Decisions one after the other, for the SDK up to 1.35, which has one evaluator for all of them. What a decision waits for, a
 * storage or a gateway service, is waited for beside: the decision gives its turn up, and begins anew with the answer. So a
 * turn takes no longer than the SDK computes, however slow they are.
 *
 * @see vwo-fme-node-sdk 1.35.0 `lib/api/GetFlag.ts`
 * @module
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { oncePerProcess } from '../../once-per-process.ts'

/** What a decision has to know before it can be made. */
interface Question {
  readonly about: string
  ask(): Promise<unknown>
}

/** One try at a decision. */
interface Attempt {
  /** What earlier tries have asked, by what it is about; all of it is settled. */
  readonly answers: ReadonlyMap<string, Promise<unknown>>
  /** Whether the decision can begin anew with the answer: it must not have done anything yet. */
  canStop(about: string): boolean
  hasDecided(): boolean
  /** Ends the try, unless it has ended already. */
  stop(question: Question): void
  /** What it does to the outside; nothing of it is done where the try is stopped. */
  later(act: () => void): void
}

/** Of each copy of the SDK, the turn that ends last. */
const turns = oncePerProcess('decisions of FME SDKs, 1', () => new WeakMap<object, Promise<unknown>>())
const attempts = new AsyncLocalStorage<Attempt | undefined>()

export interface TurnOptions {
  /** Of which there is one for each copy of the SDK. */
  readonly of: object
  /** Whether it asks anything of the outside. */
  readonly isAsking: boolean
  /** Whether what a decision does is seen by `doAfterTurn`: else it is begun anew only where it cannot have done anything. */
  readonly isSeen: boolean
  /** What is asked before a decision does anything, whichever it is. */
  isAskedFirst(about: string): boolean
  /** Whether somebody still waits for it. */
  isWanted(): boolean
}

/** @returns What the decision came to; `undefined` when nobody waits for it any more. */
export async function decideInTurn<T>(
  decide: () => Promise<T>,
  { of, isAsking, isSeen, isAskedFirst, isWanted }: TurnOptions,
): Promise<T | undefined> {
  // Whoever follows promises makes all of a process's slower, up to Node 22.
  if (!isAsking) return takeTurn(of, async () => (isWanted() ? await decide() : undefined))
  const answers = new Map<string, Promise<unknown>>()
  const canStop = (about: string): boolean => isSeen || isAskedFirst(about)
  for (;;) {
    const turn = takeTurn(of, async () => (isWanted() ? await tryOnce(decide, answers, canStop) : undefined))
    const outcome = await turn
    if (outcome === undefined || 'decided' in outcome) return outcome?.decided
    const { about, ask } = outcome.question
    const asked = ask()
    answers.set(about, asked)
    await asked.catch(() => {})
  }
}

function takeTurn<T>(of: object, take: () => Promise<T>): Promise<T> {
  const turn = (turns.get(of) ?? Promise.resolve()).then(take)
  turns.set(
    of,
    turn.catch(() => {}),
  )
  return turn
}

function tryOnce<T>(
  decide: () => Promise<T>,
  answers: Attempt['answers'],
  canStop: Attempt['canStop'],
): Promise<{ readonly decided: T } | { readonly question: Question }> {
  return new Promise((resolve, reject) => {
    let state: 'under-way' | 'stopped' | 'done' = 'under-way'
    const acts: (() => void)[] = []
    const attempt: Attempt = {
      answers,
      canStop,
      hasDecided: () => state === 'done',
      stop(question) {
        state = 'stopped'
        resolve({ question })
      },
      later(act) {
        if (state === 'done') act()
        else acts.push(act)
      },
    }
    const end = (): void => {
      if (state === 'stopped') return
      state = 'done'
      for (const act of acts.splice(0)) act()
    }
    const decided = attempts.run(attempt, decide)
    decided.finally(end).then((answer) => resolve({ decided: answer }), reject)
  })
}

/**
 * Asks something of the outside. Within a turn it is asked beside it, and the turn is given up.
 *
 * @param about - The same for the same question.
 */
export function askBesideTurn<T>(about: string, ask: () => Promise<T>): Promise<T> {
  const attempt = attempts.getStore()
  if (attempt === undefined || attempt.hasDecided()) return ask()
  const known = attempt.answers.get(about)
  if (known !== undefined) return known as Promise<T>
  if (!attempt.canStop(about)) return ask()
  attempt.stop({ about, ask: () => attempts.exit(ask) })
  // One for each, so that it goes with the decision that waits for it.
  return new Promise(() => {})
}

/**
 * Does something to the outside once the turn has come to a decision.
 *
 * @returns Whether this is part of a turn: else nothing is done.
 */
export function doAfterTurn(act: () => void): boolean {
  const attempt = attempts.getStore()
  attempt?.later(() => attempts.exit(act))
  return attempt !== undefined
}

/** Calls a function of the app's, which is no part of the turn that it may be called in. */
export function callBesideTurn<T>(call: () => T): T {
  return attempts.exit(call)
}
