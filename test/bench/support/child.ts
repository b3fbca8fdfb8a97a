import { fork, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A process that measures, and tells times. */
export interface Child {
  /** The next time that it tells, Unix milliseconds. */
  next(): Promise<number>
  end(): void
}

/** Starts a module of this folder and waits until it is ready. */
export async function startChild(name: string, args: readonly string[]): Promise<Child> {
  const child = fork(fileURLToPath(new URL(`${name}.ts`, import.meta.url)), [...args])
  const waiting: ((time: number) => void)[] = []
  const told: number[] = []
  await new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code} before it was ready`)))
    child.on('message', (message) => {
      if (typeof message !== 'number') return resolve()
      const resolveNext = waiting.shift()
      if (resolveNext === undefined) told.push(message)
      else resolveNext(message)
    })
  })
  return {
    next: () =>
      new Promise((resolve) => {
        const time = told.shift()
        if (time === undefined) waiting.push(resolve)
        else resolve(time)
      }),
    end: () => child.kill('SIGKILL'),
  }
}

/** Starts a hub as people do. @returns Where it takes webhooks. */
export async function startHub(
  env: Record<string, string>,
): Promise<{ publicUrl: string; adminUrl: string; end(): void }> {
  const cli = fileURLToPath(new URL('../../../packages/hub/dist/cli.js', import.meta.url))
  const child = spawn(process.execPath, [cli, 'serve'], {
    env: {
      PATH: process.env['PATH'] ?? '',
      HUB_PORT: '0',
      HUB_ADMIN_PORT: '0',
      HUB_HOST: '127.0.0.1',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface({ input: child.stdout })) {
    const publicUrl = /"publicUrl":"([^"]+)"/.exec(line)?.[1]
    const adminUrl = /"adminUrl":"([^"]+)"/.exec(line)?.[1]
    if (publicUrl === undefined || adminUrl === undefined) continue
    child.stdout.resume()
    return { publicUrl, adminUrl, end: () => child.kill('SIGKILL') }
  }
  throw new Error('the hub ended before it listened')
}

/** Now, as the processes of this bench tell it to each other: Unix milliseconds, fractional. */
export const nowMs = (): number => performance.timeOrigin + performance.now()
