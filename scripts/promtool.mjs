import { byApt, ensureProgram } from './install.mjs'

/** @type {import('./install.mjs').Need} */
const promtool = {
  what: 'promtool',
  name: 'promtool',
  programs: ['promtool'],
  installers: [
    byApt(['prometheus'], 'prometheus'),
    { tool: 'apk', needsRoot: true, commands: [['apk', 'add', 'prometheus']] },
    { tool: 'brew', needsRoot: false, commands: [['brew', 'install', 'prometheus']] },
  ],
  remedy: 'Install Prometheus, and have promtool on PATH. The tests of the alert rules fail without it.',
}

/**
 * Makes sure that the alert rules can be tried with Prometheus' own evaluation; installs it where it is not.
 *
 * @param {{ isRoot?: boolean }} [options]
 */
export async function ensurePromtool(options) {
  await ensureProgram(promtool, options)
}
