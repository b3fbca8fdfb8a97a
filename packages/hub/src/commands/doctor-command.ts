import { Command } from 'commander'
import { environmentArgument, environmentNameOf } from './with-environment.ts'
import type { CommandTools } from './surroundings.ts'

export function doctorCommand(tools: CommandTools): Command {
  return new Command('doctor')
    .description('whether everything is as it has to be, and what to do about what is not')
    .addArgument(environmentArgument())
    .option('--url <url>', 'where VWO reaches the hub: posts webhooks with a right and with a wrong secret')
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      `
Looks at the configuration, Redis (version, permissions, eviction, persistence, clock), VWO (reachable, key, account), what
is published, hubs and nodes. Best run where a hub is configured; with REDIS_URL alone it looks at what that reaches.
Nothing is changed; a webhook that --url posts asks for one refresh.
Exit codes: 0 fine (there may be warnings), 1 something is wrong, 2 it could not be found out.

Examples:
  $ vwo-hub doctor
  $ vwo-hub doctor prod --url https://hub.example.com`,
    )
    .action(async (environment: string | undefined, { url, json }: { url?: string; json?: boolean }) => {
      await tools.run(async () => {
        const [{ examine }, { openTerminal }, { showFindings }] = await Promise.all([
          import('../operate/doctor/doctor.ts'),
          import('./terminal.ts'),
          import('./show-findings.ts'),
        ])
        if (environment !== undefined) await environmentNameOf(tools.env, environment)
        const findings = await examine({ env: tools.env, environment, url })
        const isFine = findings.every(({ state }) => state !== 'failure')
        const terminal = await openTerminal(tools)
        if (json === true) terminal.json({ isFine, findings })
        else showFindings(terminal, findings)
        return isFine ? 0 : 1
      })
    })
}
