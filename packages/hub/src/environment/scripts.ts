import { readFileSync } from 'node:fs'
import type { Cluster, Redis } from 'ioredis'
import type { SettingsText } from '../product/settings-text.ts'

const folder = new URL('../../lua/', import.meta.url)

/** A script with the files of `includes/` in it that it asks for, each once, by lines of the form `--- @include "name"`. */
function read(name: string, included: Set<string> = new Set()): string {
  const text = readFileSync(new URL(`${name}.lua`, folder), 'utf8')
  return text.replace(/^--- @include "([\w-]+)"$/gm, (_line, include: string) => {
    if (included.has(include)) return ''
    included.add(include)
    return read(`includes/${include}`, included)
  })
}

/** The scripts of `lua/`, as commands of a connection. */
export const scripts = {
  vwoReportHub: { lua: read('report-hub'), numberOfKeys: 6 },
  vwoReadNodes: { lua: read('read-nodes'), numberOfKeys: 3 },
  // The number of keys comes first.
  vwoReadReports: { lua: read('read-reports') },
  vwoRequest: { lua: read('request'), numberOfKeys: 2 },
  vwoAcquire: { lua: read('acquire'), numberOfKeys: 6 },
  vwoRenew: { lua: read('renew'), numberOfKeys: 1 },
  vwoGiveBack: { lua: read('give-back'), numberOfKeys: 1 },
  vwoPostpone: { lua: read('postpone'), numberOfKeys: 1 },
  vwoPublish: { lua: read('publish'), numberOfKeys: 7 },
  vwoConfirm: { lua: read('confirm'), numberOfKeys: 4 },
  vwoRestore: { lua: read('restore'), numberOfKeys: 6 },
  vwoRaise: { lua: read('raise'), numberOfKeys: 6 },
  vwoRestorePin: { lua: read('restore-pin'), numberOfKeys: 2 },
  vwoRefill: { lua: read('refill'), numberOfKeys: 3 },
  vwoRollback: { lua: read('rollback'), numberOfKeys: 7 },
  vwoPin: { lua: read('pin'), numberOfKeys: 3 },
  vwoUnpin: { lua: read('unpin'), numberOfKeys: 3 },
  vwoAdopt: { lua: read('adopt'), numberOfKeys: 3 },
  vwoRelease: { lua: read('release'), numberOfKeys: 3 },
}

export type Script = keyof typeof scripts

type Argument = string | number | Buffer

/** Runs one of our scripts: keys first, then arguments. */
export function runScript(redis: Redis | Cluster, name: Script, ...args: Argument[]): Promise<unknown> {
  const commands = redis as unknown as Record<Script, (...args: Argument[]) => Promise<unknown>>
  return commands[name](...args)
}

/** The same memory, as the connection takes it. */
export function argumentOf(text: SettingsText): Buffer {
  return Buffer.from(text.buffer, text.byteOffset, text.byteLength)
}
