/** How long after npx the command may live at most, in milliseconds. */
const LOOK_MS = 500

/**
 * Ends this process as `SIGTERM` would, soon after the shell has ended that npx runs commands in: npx passes signals on to
 * that shell alone, and a hub would stay behind, with its ports.
 */
export function endAfterNpx(
  env: Readonly<Record<string, string | undefined>>,
  own: Pick<NodeJS.Process, 'pid' | 'ppid' | 'kill'>,
): void {
  if (env['npm_lifecycle_event'] !== 'npx') return
  const parent = own.ppid
  const looking = setInterval(() => {
    if (own.ppid === parent) return
    clearInterval(looking)
    own.kill(own.pid, 'SIGTERM')
  }, LOOK_MS)
  looking.unref()
}
