import { check } from '../flow/check.ts'
import { readJudgingLimits } from '../config/command-config.ts'
import { HubError } from '../errors.ts'
import type { Environment } from '../environment/environment.ts'
import type { CustomVariables, UserContext } from '../product/users.ts'
import { plainText } from '../text/plain-text.ts'
import type { Judging } from '../product/product.ts'
import type { SettingsText } from '../product/settings-text.ts'
import { productIn } from '../operate/judging-of.ts'
import { publicPreview } from '../product/public-names.ts'
import { readUsers, syntheticUsers, type User } from '../product/users.ts'
import { readRevision } from '../operate/read-revision.ts'
import { isRevisionName } from '../operate/revision-name.ts'
import { withProgress } from './progress.ts'
import { fileName, readInput } from './read-file.ts'
import { showPreview } from './show-preview.ts'
import type { CommandTools, ExitCode, Surroundings } from './surroundings.ts'
import { openTerminal } from './terminal.ts'

/** What the command was told. */
export interface PreviewOptions {
  readonly against: string
  readonly users?: string
  readonly vars?: CustomVariables
  readonly targeting?: CustomVariables
  readonly context?: UserContext
  readonly timeout: number
  readonly json?: boolean
}

/** Previews a file or a kept revision against what is published, or against another revision. */
export async function runPreview(
  tools: CommandTools,
  reached: Environment,
  what: string,
  options: PreviewOptions,
): Promise<ExitCode> {
  const { name: environment } = reached
  const product = await productIn(reached)
  const judging = product.open(readJudgingLimits(tools.env))
  const subject = { environment, product: product.name }
  const previous = await settingsOf(reached, options.against)
  const users = await usersOf(tools, options)
  const terminal = await openTerminal(tools)
  const next = isRevisionName(what)
    ? await settingsOf(reached, what)
    : await checkedFile(tools, judging, what, previous)
  if ('refusal' in next) {
    if (options.json === true) terminal.json({ ...subject, ok: false, message: next.refusal })
    else terminal.line(next.refusal)
    return 1
  }
  const preview = await withProgress(tools, (onProgress) =>
    judging.preview({
      environment,
      previous: previous.text,
      next: next.text,
      ...(users && { users }),
      timeoutMs: options.timeout * 1000,
      onProgress,
    }),
  )
  if (options.json === true) {
    terminal.json({ ...subject, ok: true, from: previous.name, to: next.name, ...publicPreview(preview) })
    return 0
  }
  terminal.line(
    `${terminal.colors.bold(environment)}  ${plainText(previous.name)} → ${plainText(next.name)}\n`,
  )
  showPreview(terminal, preview)
  return 0
}

interface Side {
  readonly name: string
  readonly text: SettingsText
}

async function settingsOf(environment: Environment, name: string): Promise<Side> {
  const { revision, text } = await readRevision(environment, name)
  return { name: String(revision), text }
}

/** A file goes through the same checks as what VWO sends: only what could be published is previewed. */
async function checkedFile(
  tools: Surroundings,
  judging: Judging,
  file: string,
  published: Side,
): Promise<Side | { readonly refusal: string }> {
  try {
    const { accountId } = await judging.changes(published.text, published.text)
    const body = await readInput(tools, file, 'preview')
    const { text } = await check(judging, fileName(file), { body, owner: { accountId } })
    return { name: fileName(file), text }
  } catch (error) {
    if (!(error instanceof HubError) || error.code !== 'settings-refused') throw error
    return { refusal: error.message }
  } finally {
    await judging.close()
  }
}

async function usersOf(
  tools: Surroundings,
  { users: file, vars, targeting, context }: PreviewOptions,
): Promise<User[] | undefined> {
  if ((file ?? vars ?? targeting ?? context) === undefined) return undefined
  const users =
    file === undefined
      ? syntheticUsers()
      : readUsers(Buffer.from(await readInput(tools, file, 'decide for')).toString())
  const common = {
    ...(vars && { customVariables: vars }),
    ...(targeting && { variationTargetingVariables: targeting }),
    ...(context && { context }),
  }
  return users.map((user) => ({ ...common, ...user }))
}
