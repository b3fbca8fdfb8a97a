/**
 * Faults of the kind that people make, each a patch of the built code, and the scenario that has to find it.
 *
 * @module
 */
import type { Patch } from './build.ts'
import {
  appHostile,
  changesOnly,
  diskFull,
  lateCommand,
  type Scenario,
  updateWhileCut,
  vwoHostile,
  webhookDuringFetch,
  webhookWithoutRedis,
} from './scenario.ts'

export interface Mutant {
  readonly name: string
  readonly patches: readonly Patch[]
  readonly scenario: Scenario
  /** The invariant that it violates. */
  readonly invariant: number
}

export const mutants: readonly Mutant[] = [
  {
    name: 'no trailing fetch',
    invariant: 1,
    scenario: webhookDuringFetch,
    patches: [
      {
        file: 'hub/lua/includes/attempt.lua',
        find: 'text(math.max(whole(counters[2]) or 0, attempt.ticket))',
        replace: 'text(math.max(whole(counters[1]) or 0, attempt.ticket))',
      },
    ],
  },
  {
    name: 'publish before store',
    invariant: 4,
    scenario: changesOnly,
    patches: [
      {
        file: 'hub/dist/environment/publish.js',
        find: 'const [answer] = await Promise.all([',
        replace: `await redis.publish(keys.updates, message[0] + Date.now() + message[1]);
            await new Promise((resolve) => setTimeout(resolve, 5));
            const [answer] = await Promise.all([`,
      },
    ],
  },
  {
    name: 'no read after reconnecting',
    invariant: 5,
    scenario: updateWhileCut,
    patches: [
      {
        file: 'client/dist/receive/receive.js',
        find: 'await Promise.all([clockRead, subscribeAndRead()])',
        // The first read stays: an app may start after the first settings were published.
        replace:
          'await Promise.all([clockRead, currentRevision() < 0 ? subscribeAndRead() : subscription.ensure(connections)])',
      },
    ],
  },
  {
    name: 'no fencing token',
    invariant: 1,
    scenario: lateCommand,
    patches: [
      {
        file: 'hub/lua/includes/attempt.lua',
        find: "return redis.pcall('HGET', refresh, 'owner') == token",
        replace: 'return true',
      },
      // A second fence, for what people do: it compares revisions.
      {
        file: 'hub/lua/publish.lua',
        find: 'if previous ~= input.knownRevision then',
        replace: 'if false then',
      },
    ],
  },
  {
    name: 'cache file written in place',
    invariant: 10,
    scenario: diskFull,
    patches: [
      {
        file: 'client/dist/sources/cache-file.js',
        find: "const file = await open(temporary, 'wx', 0o600);",
        replace: "const file = await open(path, 'w', 0o600);",
      },
      { file: 'client/dist/sources/cache-file.js', find: 'await rename(temporary, path);', replace: '' },
    ],
  },
  {
    name: 'webhook accepted before it is stored',
    invariant: 1,
    scenario: webhookWithoutRedis,
    patches: [
      {
        file: 'hub/dist/http/webhook/webhook.js',
        find: 'await environment.requestRefresh();',
        replace: 'environment.requestRefresh().catch(() => {});',
      },
    ],
  },
  {
    name: 'whatever VWO sends is where events go',
    invariant: 3,
    scenario: vwoHostile,
    patches: [
      {
        file: 'hub/dist/product/judge/danger.js',
        find: 'pathSegment.test(collectionPrefix)',
        replace: 'true',
      },
    ],
  },
  {
    name: 'a report that is none ends the look at all of them',
    invariant: 5,
    scenario: appHostile,
    patches: [
      {
        file: 'hub/lua/includes/bounded.lua',
        find: "redis.pcall('HSTRLEN', key, name)",
        replace: "redis.call('HSTRLEN', key, name)",
      },
    ],
  },
]
