import { fileURLToPath } from 'node:url'
import type { Build } from './build.ts'
import { type Child, createChild } from './child.ts'
import type { Diary } from './diary.ts'
import type { ChaosEvent } from './event.ts'

/** An app process with several clients. */
export interface AppProcess extends Child {
  /** Names of its clients. */
  readonly clients: readonly string[]
}

const program = fileURLToPath(new URL('clients.mjs', import.meta.url))

/**
 * @param options.clients - Names, and options of `createClient` as far as they are JSON.
 * @param options.fileBlocks - Largest file that it may write, in blocks of 512 bytes. Default: any.
 */
export function createAppProcess(options: {
  readonly name: string
  readonly build: Build
  readonly diary: Diary
  readonly clients: readonly { readonly client: string; readonly [option: string]: unknown }[]
  readonly fileBlocks?: number
}): AppProcess {
  const { name, build, diary, clients, fileBlocks } = options
  const child = createChild({
    ...diary.follow(name),
    args: [program, JSON.stringify({ clientModule: build.clientModule, clients })],
    ...(fileBlocks !== undefined && { fileBlocks }),
    onLine(line) {
      const event = parseLine(line)
      // Neither the client nor the SDK in it may print.
      if (event === undefined) diary.complain(name, line)
      else diary.record({ ...event, process: name })
    },
  })
  return Object.assign(child, { clients: clients.map(({ client }) => client) })
}

/** @returns Undefined for what is not JSON. */
function parseLine(line: string) {
  try {
    return JSON.parse(line) as Extract<ChaosEvent, { client: string }>
  } catch {
    return undefined
  }
}
