import { Command } from 'commander'
import { HubError } from '../errors.ts'
import type { CommandTools } from './surroundings.ts'

export function schemaCommand(tools: CommandTools): Command {
  return new Command('schema')
    .description('what a command writes with --json, as JSON Schema')
    .argument('<command>', 'its name, or "error" for what each of them writes where it fails')
    .addHelpText('after', '\nExample:\n  $ vwo-hub schema status > status.schema.json')
    .action(async (name: string) => {
      await tools.run(async () => {
        const { outputSchemaOf, outputSchemas } = await import('./output-schemas.ts')
        const schema = outputSchemaOf(name)
        if (schema === undefined) {
          const known = Object.keys(outputSchemas).join(', ')
          throw new HubError('not-found', `There is no schema of "${name}". There are: ${known}.`)
        }
        tools.stdout.write(`${JSON.stringify(schema, null, 2)}\n`)
        return 0
      })
    })
}
