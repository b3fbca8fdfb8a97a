import { Command } from 'commander'
import type { RevisionPair } from '../operate/diff.ts'
import type { Preview } from '../product/preview/preview.ts'
import type { Judging } from '../product/product.ts'
import { settingsNames } from '../operate/revision-name.ts'
import { environmentArgument, withEnvironment } from './with-environment.ts'
import type { CommandTools } from './surroundings.ts'

interface Options {
  readonly preview?: boolean
  readonly json?: boolean
}

export function diffCommand(tools: CommandTools): Command {
  return new Command('diff')
    .description('what one revision changed against another, or what is held back would, in words')
    .addArgument(environmentArgument())
    .argument('[from]', settingsNames, 'previous')
    .argument('[to]', 'the same', 'latest')
    .option('--preview', 'and who got something else by it, as the real SDK decides')
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      `
Exit codes: 0 they are the same, 1 they differ, 2 it could not be found out.

Examples:
  $ vwo-hub diff prod                    what the last publication changed
  $ vwo-hub diff prod 14:05 --preview    everything since then, and whom it moved
  $ vwo-hub diff prod latest held        what the guard holds back would change
  $ vwo-hub diff prod ~3 previous --json`,
    )
    .action(async (name: string | undefined, from: string, to: string, options: Options) => {
      await withEnvironment(tools, name, async (reached) => {
        const [{ diffOf, readPair }, { openTerminal }, { showDiff }, { judgingOf }, { publicPreview }] =
          await Promise.all([
            import('../operate/diff.ts'),
            import('./terminal.ts'),
            import('./show-diff.ts'),
            import('../operate/judging-of.ts'),
            import('../product/public-names.ts'),
          ])
        const pair = await readPair(reached, { from, to })
        const judging = await judgingOf(reached)
        try {
          const diff = await diffOf(judging, reached.name, pair)
          const isPreviewed = options.preview === true
          const preview = isPreviewed ? await previewPair(tools, judging, reached.name, pair) : undefined
          const terminal = await openTerminal(tools)
          if (options.json === true)
            terminal.json({ ...diff, ...(preview && { preview: publicPreview(preview) }) })
          else showDiff(terminal, diff, preview)
          return diff.isSame ? 0 : 1
        } finally {
          await judging.close()
        }
      })
    })
}

async function previewPair(
  tools: CommandTools,
  judging: Judging,
  environment: string,
  { from, to }: RevisionPair,
): Promise<Preview> {
  const { withProgress } = await import('./progress.ts')
  return await withProgress(tools, (onProgress) =>
    judging.preview({ environment, previous: from.text, next: to.text, onProgress }),
  )
}
