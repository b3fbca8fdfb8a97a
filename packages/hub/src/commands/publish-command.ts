import type { Command } from 'commander'
import { actExitCodes } from './act.ts'
import { handCommand } from './by-hand.ts'
import { readInput } from './read-file.ts'
import type { CommandTools } from './surroundings.ts'

export function publishCommand(tools: CommandTools): Command {
  return handCommand(tools, {
    name: 'publish',
    description: 'publish a settings-file by hand, and pin it, while VWO cannot be reached',
    argument: ['file', 'a settings-file of the same account, or "-" for standard input'],
    help: `
It is checked like everything that VWO sends. It stays until the pin ends, by itself or by "vwo-hub unpin": then what VWO has
is published. "status" and the page say all the while that what is live was published by hand. --reason has to be given.
${actExitCodes}

Examples:
  $ vwo-hub publish prod settings.json --reason "VWO is down, checkout has to be off"
  $ vwo-hub show prod latest > settings.json`,
    plan: async (acts, file) => await acts.planPublish(await readInput(tools, file, 'publish')),
  })
}
