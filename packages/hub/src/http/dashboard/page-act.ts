import type { Actor } from '../../operate/acts.ts'
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
  /** Where something of it fills in. */
  readonly live?: PageOptions['live']
}

/** One act of the page. */
export interface PageAct {
  /** What its form posts, besides who acts and why. */
  readonly fields: readonly string[]
  /** @throws {@link HubError} `not-possible` or `not-found` */
  plan(environment: EnvironmentView, query: Readonly<Record<string, string>>): Promise<Plan>
  /** Reads a form that was filled in. @throws z.ZodError when it is not as it has to be. */
  prepare(form: unknown): RunAct
}

/** @returns What was done, in words. @throws {@link HubError} `not-possible` or `not-found` */
export type RunAct = (environment: EnvironmentView, actor: Actor) => Promise<string>
