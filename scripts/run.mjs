import { spawn } from 'node:child_process'

/**
 * Runs a program and keeps what it prints.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<{ code: number | string, output: string }>} exit code, or the name of the signal or error
 */
export async function capture(program, args, options = {}) {
  return await new Promise((resolve) => {
    let output = ''
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
        output += text
      })
    }
    child.once('error', (error) => {
      resolve({ code: 'error', output: `${program}: ${error.message}` })
    })
    child.once('close', (code, signal) => {
      resolve({ code: code ?? signal ?? 'error', output })
    })
  })
}

/**
 * Becomes this program, as far as its caller can see: same terminal, same signals, same end.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string }} [options]
 */
export async function passOn(program, args, options = {}) {
  const child = spawn(program, args, { ...options, stdio: 'inherit' })
  /** @param {NodeJS.Signals} signal */
  function forward(signal) {
    // A terminal sends Ctrl-C to every process in the foreground; a second one would read as impatience.
    if (signal === 'SIGINT' && process.stdin.isTTY) return
    child.kill(signal)
  }
  const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])
  for (const signal of signals) process.on(signal, forward)
  const { code, signal } = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (...[exitCode, endedBy]) => {
      resolve({ code: exitCode, signal: endedBy })
    })
  })
  for (const name of signals) process.off(name, forward)
  if (signal !== null) process.kill(process.pid, signal)
  process.exitCode = code ?? 1
}
