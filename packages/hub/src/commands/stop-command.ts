import type { Command } from 'commander'
import { actExitCodes } from './act.ts'
import { handCommand } from './by-hand.ts'
import type { CommandTools } from './surroundings.ts'

export function stopCommand(tools: CommandTools): Command {
  return handCommand(tools, {
    name: 'stop',
    description: 'publish what is live without one campaign or feature, and pin it',
    argument: ['key', 'the key of a campaign or feature'],
    help: `
For when the editor of VWO cannot be reached, or not be found. The rest stays as it is. It ends with the pin, by itself or by
"vwo-hub unpin": then what VWO has is published. --reason has to be given.
${actExitCodes}

Example:
  $ vwo-hub stop prod checkout-test --reason "orders fail in variation 2"`,
    plan: (acts, key) => acts.planStop(key),
  })
}
