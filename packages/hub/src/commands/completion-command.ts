import { Argument, Command } from 'commander'
import type { CommandTools } from './surroundings.ts'

export function completionCommand(tools: CommandTools): Command {
  return new Command('completion')
    .description('what a shell needs to complete commands and options')
    .addArgument(new Argument('<shell>', 'whose').choices(['bash', 'zsh', 'fish']))
    .addHelpText(
      'after',
      `
Examples:
  $ source <(vwo-hub completion bash)                                      in ~/.bashrc
  $ vwo-hub completion zsh > "\${fpath[1]}/_vwo-hub"
  $ vwo-hub completion fish > ~/.config/fish/completions/vwo-hub.fish`,
    )
    .action(async (shell: 'bash' | 'zsh' | 'fish', _options: object, command: Command) => {
      await tools.run(async () => {
        const { completionFor } = await import('./completion-script.ts')
        const commands = command.parent?.commands ?? []
        tools.stdout.write(completionFor[shell](commands.map(describe)))
        return 0
      })
    })
}

function describe(command: Command) {
  const help = { long: '--help', description: 'display help' }
  return {
    name: command.name(),
    description: command.description(),
    takesFile: command.registeredArguments.some((argument) => ['file', 'what'].includes(argument.name())),
    choices: command.registeredArguments.flatMap((argument) => argument.argChoices ?? []),
    options: [
      ...command.options.map(({ long, description }) => ({ long: long ?? '', description })),
      help,
    ].filter(({ long }) => long !== ''),
  }
}
