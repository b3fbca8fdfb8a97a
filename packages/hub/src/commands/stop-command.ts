import type { Command } from 'commander'
import { HubError } from '../errors.ts'
import { actExitCodes } from './act.ts'
import { handCommand, type HandOptions, runByHand } from './by-hand.ts'
import type { CommandTools } from './surroundings.ts'

export function stopCommand(tools: CommandTools): Command {
  return handCommand('stop', 'publish what is live without one campaign or feature, and pin it')
    .argument('[campaign]', 'its key')
    .addHelpText(
      'after',
      `
For when the editor of VWO cannot be reached, or not be found. The rest stays as it is. It ends with the pin, by itself or by
"vwo-hub unpin": then what VWO has is published. --reason has to be given.
${actExitCodes}

Example:
  $ vwo-hub stop prod checkout-test --reason "orders fail in variation 2"`,
    )
    .action(async (first: string | undefined, second: string | undefined, options: HandOptions) => {
      const [name, campaign] = second === undefined ? [undefined, first] : [first, second]
      await runByHand(tools, name, options, async ({ planStop }) => {
        if (campaign !== undefined) return await planStop(campaign)
        throw new HubError('not-possible', 'Expected the key of what is to be stopped. Nothing was changed.')
      })
    })
}
