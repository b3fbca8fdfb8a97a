import { Command } from 'commander'
import { HubError } from '../errors.ts'
import { fileName, readInput } from './read-file.ts'
import type { CommandTools, ExitCode } from './surroundings.ts'

export function checkCommand(tools: CommandTools): Command {
  return new Command('check')
    .description(
      'whether a settings-file would be published: the checks that every answer of VWO goes through',
    )
    .argument('<file>', 'a settings-file, or "-" for standard input')
    .option(
      '--product <name>',
      'what it is a settings-file of, fullstack or fme; else VWO_PRODUCT, else fullstack',
    )
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      `
HUB_MAX_SETTINGS_BYTES and HUB_STRICT count as they do for a hub.
Exit codes: 0 it would be published, 1 it would be refused, 2 it cannot be read.

Examples:
  $ vwo-hub check settings.json
  $ vwo-hub show prod latest | vwo-hub check -`,
    )
    .action(async (file: string, { json, product }: { json?: boolean; product?: string }) => {
      await tools.run(() => check(tools, file, { isJson: json === true, product }))
    })
}

async function check(
  tools: CommandTools,
  file: string,
  { isJson, product: name }: { readonly isJson: boolean; readonly product: string | undefined },
): Promise<ExitCode> {
  const [
    { check: checkSettings },
    { productOf },
    { readJudgingLimits },
    { openTerminal },
    { size },
    { counted },
    { publicCount },
  ] = await Promise.all([
    import('../flow/check.ts'),
    import('../product/products.ts'),
    import('../config/command-config.ts'),
    import('./terminal.ts'),
    import('../text/wording.ts'),
    import('../text/words.ts'),
    import('../product/public-names.ts'),
  ])
  const product = productOf(name ?? tools.env['VWO_PRODUCT'])
  const terminal = await openTerminal(tools)
  const body = await readInput(tools, file, 'check')
  const judging = product.open(readJudgingLimits(tools.env))
  try {
    const accepted = await checkSettings(judging, fileName(file), { body })
    const { accountId, units, bytes, sha256, warnings } = accepted
    const told = warnings.told.map(({ text }) => text)
    if (isJson) {
      const faults = warnings.count === 0 ? {} : { warningCount: warnings.count, warnings: told }
      terminal.json({
        ok: true,
        product: product.name,
        accountId,
        ...publicCount(units),
        bytes,
        sha256,
        ...faults,
      })
      return 0
    }
    terminal.line(
      `It would be published: account ${accountId}, ${counted(units, product.unit)}, ${size(bytes)}.`,
    )
    for (const text of told) terminal.line(terminal.colors.yellow(`Warning: ${text}`))
    if (warnings.count > told.length)
      terminal.line(`And ${counted(warnings.count - told.length, 'more warning')}.`)
    return 0
  } catch (error) {
    if (!(error instanceof HubError) || error.code !== 'settings-refused') throw error
    if (isJson) terminal.json({ ok: false, product: product.name, message: error.message })
    else terminal.line(error.message)
    return 1
  } finally {
    await judging.close()
  }
}
