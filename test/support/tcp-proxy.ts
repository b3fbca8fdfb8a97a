/**
 * A TCP proxy that can be any kind of bad network.
 *
 * @module
 */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { type Flow, pipeThrough } from './tcp-flow.ts'

export interface TcpProxyOptions {
  /** Where to connect to, asked for each connection. */
  readonly target: () => { readonly host: string; readonly port: number }
}

/** How a network is, in each direction. */
export interface Network {
  /** From those that connect to the target. @default pass */
  readonly up?: Flow
  /** From the target to those that connect. @default pass */
  readonly down?: Flow
  /** Asked for each connection, also for one that comes later: whether it is concerned. Others pass. Default: all are. */
  readonly concerns?: () => boolean
}

export interface TcpProxy {
  readonly host: string
  readonly port: number
  /** How many connections are open. */
  connections(): number
  /** The network is like this until it is set anew; `{}` is a good one. */
  set(network: Network): void
  /**
   * Ends open connections by a reset, and every new one at once, until {@link TcpProxy.set} is called.
   *
   * @param concerns - Whether an open one ends. Default: all do.
   */
  cut(concerns?: () => boolean): void
  /** Ends open connections by a reset; later ones are as they are. */
  reset(): void
  /** Ends everything. Idempotent. */
  close(): Promise<void>
}

interface Link {
  readonly sockets: readonly [near: Socket, far: Socket]
  network: Network
}

const host = '127.0.0.1'
const pass: Flow = { kind: 'pass' }

export async function startTcpProxy({ target }: TcpProxyOptions): Promise<TcpProxy> {
  const links = new Set<Link>()
  let network: Network = {}
  let isCut = false

  // Half open, so that the end of one direction goes the way of its bytes.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    near.on('error', () => {})
    if (isCut) {
      near.resetAndDestroy()
      return
    }
    const far = connect({ ...target(), allowHalfOpen: true, noDelay: true })
    far.on('error', () => {})
    const link: Link = { sockets: [near, far], network: networkOf(network) }
    links.add(link)
    pipeThrough(near, far, () => link.network.up ?? pass)
    pipeThrough(far, near, () => link.network.down ?? pass)
    for (const socket of link.sockets) {
      socket.once('close', () => {
        if (near.destroyed && far.destroyed) links.delete(link)
      })
    }
  })
  server.listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  let closed: Promise<unknown> | undefined

  return {
    host,
    port,
    connections: () => links.size,
    set(next) {
      isCut = false
      network = next
      for (const link of links) link.network = networkOf(next)
    },
    cut(concerns = () => true) {
      isCut = true
      for (const link of links) if (concerns()) reset(link)
    },
    reset() {
      for (const link of links) reset(link)
    },
    async close() {
      if (closed === undefined) {
        closed = once(server, 'close')
        server.close()
        for (const link of links) reset(link)
      }
      await closed
    },
  }
}

function networkOf(network: Network): Network {
  return network.concerns === undefined || network.concerns() ? network : {}
}

function reset({ sockets }: Link): void {
  for (const socket of sockets) if (!socket.destroyed) socket.resetAndDestroy()
}
