import { HubError } from '../../errors.ts'
import type { Actor } from '../../operate/actor.ts'
import type { EnvironmentView } from '../../operate/environment-view.ts'
import type { Html } from './html.ts'
import type { PageOptions } from './layout.ts'

/** What is shown before an act, and asked for. */
export interface Plan {
  readonly title: string
  readonly lead: Html
  readonly fields: Html
  /** On the button. */
  readonly confirm: string
  readonly tone: 'primary' | 'danger'
  /** The audit needs the reason. */
  readonly needsReason?: boolean
  /** Its form has a file in it, by itself (`file`) or as text (`text`). */
  readonly hasFile?: boolean
  /** Where something of it fills in. */
  readonly live?: PageOptions['live']
}

/** One act of the page. */
export interface PageAct {
  /** What its form posts, besides who acts and why. */
  readonly fields: readonly string[]
  /** Where it takes a file: of at most so many bytes. */
  readonly maxFileBytes?: number
  /** @throws {@link HubError} `not-possible` or `not-found` */
  plan(environment: EnvironmentView, query: Readonly<Record<string, string>>, file?: Buffer): Promise<Plan>
  /** Reads a form that was filled in. @throws z.ZodError when it is not as it has to be. */
  prepare(form: unknown, file?: Buffer): RunAct
}

/** Nothing is wrong, and nothing is done yet: what it would change is shown, and asked for. */
export class AskOnceMore extends HubError {
  constructor(message: string) {
    super('not-possible', message)
  }
}

/**
 * @returns What was done, in words.
 * @throws {@link HubError} `not-possible` or `not-found`
 * @throws {@link AskOnceMore}
 */
export type RunAct = (environment: EnvironmentView, actor: Actor) => Promise<string>
