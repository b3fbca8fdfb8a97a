import { readFileSync } from 'node:fs'

/** Whether a process runs: one that has ended and that nobody has waited for does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  try {
    return !/^\d+ \(.*\) Z /s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    // No /proc: whoever can be signalled runs.
    return true
  }
}
