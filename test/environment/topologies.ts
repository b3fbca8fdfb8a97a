/**
 * What the contract is held against: Redis, and Valkey where it is installed, in each topology, behind a network that can
 * be cut.
 *
 * @module
 */
import { accessSync, constants, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { RedisConfig } from '@vwo-hub/hub'
import {
  type Announce,
  type RedisMember,
  startRedisCluster,
  startRedisServer,
  startSentinelGroup,
} from '@vwo-hub/sandbox'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'

/** A topology that runs. */
export interface Running {
  readonly config: RedisConfig
  /** Every way to a server. */
  readonly proxies: readonly TcpProxy[]
  /** Who serves a key now, past the proxies. */
  master(key: string): Promise<RedisMember>
  /** All that can be master of something. */
  readonly members: readonly RedisMember[]
  /** Another one takes over what serves a key. Only where that is possible. */
  failOver?(key: string): Promise<unknown>
  close(): Promise<void>
}

export interface TopologyUnderTest {
  readonly name: string
  readonly start: () => Promise<Running>
}

/** Server and sentinel are the same program, which goes by the name that it is called by. */
const programs = {
  Redis: ['redis-server', 'redis-check-rdb'],
  Valkey: ['valkey-server', 'valkey-check-rdb'],
} as const

const starts: Readonly<Record<string, (ways: Ways) => Promise<Running>>> = {
  async standalone({ announce, proxies }) {
    const server = await startRedisServer()
    const { host, port } = await announce(server)
    return {
      config: { kind: 'standalone', url: `redis://${host}:${port}` },
      proxies,
      members: [server],
      master: async () => server,
      close: server.close,
    }
  },
  async Sentinel({ announce, proxies }) {
    const group = await startSentinelGroup({ announce })
    const { config, members, close } = group
    return { config, proxies, members, master: () => group.master(), failOver: () => group.failOver(), close }
  },
  async Cluster({ announce, proxies }) {
    const cluster = await startRedisCluster({ replicas: 1, announce })
    const { config, nodes: members, master, failOver, close } = cluster
    return { config, proxies, members, master, failOver, close }
  },
}

interface Ways {
  readonly announce: Announce
  readonly proxies: readonly TcpProxy[]
}

/** Of each server that is installed. */
export const topologies: readonly TopologyUnderTest[] = Object.entries(programs).flatMap(
  ([product, names]) => {
    const program = find(names)
    if (program === undefined) return []
    return Object.entries(starts).map(([topology, start]) => ({
      name: `${product}, ${topology}`,
      start: startWith(program, names[0], start),
    }))
  },
)

/** Lets only this program be found while servers start. */
function startWith(
  program: string,
  name: string,
  start: (ways: Ways) => Promise<Running>,
): TopologyUnderTest['start'] {
  return async () => {
    const directory = mkdtempSync(join(tmpdir(), 'vwo-hub-program-'))
    symlinkSync(program, join(directory, name))
    const before = process.env['PATH']
    process.env['PATH'] = directory
    const proxies: TcpProxy[] = []
    const announce: Announce = async (server) => {
      const proxy = await startTcpProxy({ target: () => server })
      proxies.push(proxy)
      return proxy
    }
    try {
      const running = await start({ announce, proxies })
      return {
        ...running,
        async close() {
          await running.close()
          await Promise.all(proxies.map((proxy) => proxy.close()))
        },
      }
    } finally {
      process.env['PATH'] = before
      rmSync(directory, { recursive: true })
    }
  }
}

function find(names: readonly string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
