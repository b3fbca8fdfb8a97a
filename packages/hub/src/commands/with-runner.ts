import { readFileSync } from 'node:fs'
import { basename } from 'node:path'

/** How often it is looked whether the runner is still there, in milliseconds: the command outlives it by two of them. */
const LOOK_MS = 250

/** What sends a command of a script away from whatever started it: a lone `&`, that is not of a redirection, or one of these. */
const sentAway = /\b(?:nohup|setsid)\b|(?<![&>])&(?![&>])/

/**
 * Ends this process as `SIGTERM` would, soon after npx has ended, or the npm, pnpm or yarn whose script runs it: they pass
 * on few signals, to their shell alone, and are not asked when they are killed. A hub would stay behind, with its ports.
 *
 * What is to outlive them does: a command that its script sends to the background or into a session of its own, one that
 * something else has started from a script, and one whose terminal has hung up while it writes to a file or pipe.
 * Elsewhere than on Linux only a command under npx ends so, when its shell does.
 *
 * @returns Whether there is a runner to end with.
 */
export function endWithRunner(
  env: Readonly<Record<string, string | undefined>>,
  own: Pick<NodeJS.Process, 'pid' | 'ppid' | 'kill'>,
  lookMs = LOOK_MS,
): boolean {
  const script = env['npm_lifecycle_script']
  if (script === undefined || sentAway.test(script)) return false
  const parent = own.ppid
  const shape = shapeOf(own, script, env['npm_lifecycle_event'] === 'npx')
  if (shape === undefined) return false
  const isThere = (): boolean =>
    own.ppid === parent && (shape.runner === parent || statOf(parent)?.parent === shape.runner)

  let wasThere = true
  const looking = setInterval(() => {
    if (isThere()) return
    // A terminal that hangs up takes the runner first, and is gone a moment later.
    if (wasThere) {
      wasThere = false
      return
    }
    clearInterval(looking)
    if (statOf(own.pid)?.terminal === shape.terminal) own.kill(own.pid, 'SIGTERM')
  }, lookMs)
  looking.unref()
  return true
}

/** Which process the runner is, and the terminal of all; undefined where this process is none of its own. */
function shapeOf(
  own: Pick<NodeJS.Process, 'pid' | 'ppid'>,
  script: string,
  isNpx: boolean,
): { readonly runner: number; readonly terminal: number | undefined } | undefined {
  const [me, parent] = [statOf(own.pid), statOf(own.ppid)]
  if (me === undefined) return isNpx ? { runner: own.ppid, terminal: undefined } : undefined
  if (parent === undefined || parent.session !== me.session) return undefined
  const [program = '', first = '', text = ''] = argumentsOf(own.ppid)
  const isShell = basename(program) === 'sh' && first === '-c' && text.includes(script)
  if (isShell) return { runner: parent.parent, terminal: me.terminal }
  // Many shells become the one command that they run. Runners name themselves.
  const isRunner = [program, first].some((word) => /^(?:npm|npx|pnpm|yarn)\b/.test(basename(word)))
  return isRunner ? { runner: own.ppid, terminal: me.terminal } : undefined
}

/** What Linux tells of a process; undefined elsewhere, and of one that has ended. */
function statOf(
  pid: number,
): { readonly parent: number; readonly session: number; readonly terminal: number } | undefined {
  const stat = textOf(`/proc/${pid}/stat`)
  // Its name is in parentheses, and may have some itself.
  const [, parent, , session, terminal] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (terminal === undefined) return undefined
  return { parent: Number(parent), session: Number(session), terminal: Number(terminal) }
}

function argumentsOf(pid: number): string[] {
  return textOf(`/proc/${pid}/cmdline`).split('\0')
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
