import { fileURLToPath } from 'node:url'
import type { Build } from './build.ts'
import { type Child, createChild } from './child.ts'
import type { Diary } from './diary.ts'

/** A hub, `vwo-hub serve`, as a process. It listens somewhere else at each start: no port can be taken meanwhile. */
export interface HubProcess extends Child {
  /** Where it listens for webhooks; a port that nobody has before it has started. */
  publicPort(): number
  adminPort(): number
}

const clock = fileURLToPath(new URL('clock.mjs', import.meta.url))
const listening = /"publicUrl":"http:\/\/[\d.]+:(\d+)","adminUrl":"http:\/\/[\d.]+:(\d+)"/
/** Nobody listens there. */
const nowhere = 1

/** @param options.clockFile - Says how wrong its clock is. */
export function createHubProcess(options: {
  readonly name: string
  readonly build: Build
  readonly diary: Diary
  readonly clockFile: string
  readonly env: Readonly<Record<string, string>>
}): HubProcess {
  const { name, build, diary, clockFile, env } = options
  let [publicPort, adminPort] = [nowhere, nowhere]
  const child = createChild({
    ...diary.follow(name),
    args: ['--import', clock, build.hub, 'serve'],
    env: {
      ...env,
      CLOCK_FILE: clockFile,
      HUB_HOST: '127.0.0.1',
      HUB_PORT: '0',
      HUB_ADMIN_PORT: '0',
      // It would find what a webhook has lost.
      HUB_POLL_INTERVAL_MS: '0',
    },
    onLine(line) {
      diary.record({ kind: 'log', at: Date.now(), process: name, text: line })
      if (line.includes('"level":"fatal"')) diary.complain(name, line)
      const [, ...ports] = listening.exec(line) ?? []
      if (ports.length === 2) [publicPort = nowhere, adminPort = nowhere] = ports.map(Number)
    },
  })
  return Object.assign(child, { publicPort: () => publicPort, adminPort: () => adminPort })
}
