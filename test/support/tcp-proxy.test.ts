import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'
import { until } from './until.ts'

/** Answers every text in capitals; a connection through the proxy keeps what it got. */
async function setUp() {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    accepted.push(socket)
    socket.on('error', () => {})
    socket.on('data', (text) => {
      heard.push(String(text))
      socket.write(String(text).toUpperCase())
    })
    socket.on('end', () => socket.end())
  })
  const accepted: Socket[] = []
  const heard: string[] = []
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const proxy = await startTcpProxy({ target: () => ({ host: '127.0.0.1', port }) })
  onTestFinished(async () => {
    await proxy.close()
    server.close()
  })
  return { proxy, accepted, heard: () => heard.join('') }
}

interface Caller {
  readonly socket: Socket
  got(): string
  /** `open`, `ended` or the code of an error. */
  state(): string
}

async function call(proxy: TcpProxy): Promise<Caller> {
  const socket = connect(proxy.port, proxy.host)
  onTestFinished(() => {
    socket.destroy()
  })
  let got = ''
  let state = 'open'
  socket.on('data', (text) => (got += String(text)))
  socket.once('error', (error: NodeJS.ErrnoException) => (state = error.code ?? 'error'))
  socket.once('end', () => (state = 'ended'))
  await once(socket, 'connect').catch(() => {}) // Told by its state.
  return { socket, got: () => got, state: () => state }
}

describe('a TCP proxy', () => {
  it('passes bytes and the end of either side', async () => {
    const { proxy } = await setUp()
    const caller = await call(proxy)
    caller.socket.end('hello')
    await until(caller.state, (state) => state === 'ended')
    expect(caller.got()).toBe('HELLO')
    await until(proxy.connections, (count) => count === 0)
  })

  it('passes a reset', async () => {
    const { proxy, accepted } = await setUp()
    const caller = await call(proxy)
    caller.socket.write('a')
    await until(caller.got, (got) => got === 'A')
    accepted[0]?.resetAndDestroy()
    await until(caller.state, (state) => state === 'ECONNRESET')
  })

  it('resets those that call when nobody listens behind it', async () => {
    const proxy = await startTcpProxy({ target: () => ({ host: '127.0.0.1', port: 1 }) })
    onTestFinished(proxy.close)
    const caller = await call(proxy)
    await until(caller.state, (state) => state === 'ECONNRESET')
  })

  it('cuts what is open and what comes, until it is told to pass again', async () => {
    const { proxy } = await setUp()
    const before = await call(proxy)
    await until(proxy.connections, (count) => count === 1)
    proxy.cut()
    await until(before.state, (state) => state === 'ECONNRESET')
    const meanwhile = await call(proxy)
    await until(meanwhile.state, (state) => state === 'ECONNRESET')
    proxy.set({})
    const after = await call(proxy)
    after.socket.write('a')
    await until(after.got, (got) => got === 'A')
  })

  it('swallows bytes without a word, for ever on a connection that has lost some', async () => {
    const { proxy, heard, accepted } = await setUp()
    const [half, other] = [await call(proxy), await call(proxy)]
    await until(proxy.connections, (count) => count === 2)
    const concerned = [true, false]
    proxy.set({ down: { kind: 'swallow' }, concerns: () => concerned.shift() ?? false })
    half.socket.write('lost')
    await until(heard, (text) => text === 'lost')
    // What was answered to that has come to the proxy before what is answered to this.
    other.socket.write('a')
    await until(other.got, (got) => got === 'A')
    proxy.set({})
    for (const socket of accepted) socket.resetAndDestroy()
    await until(other.state, (state) => state === 'ECONNRESET')
    half.socket.write('more')
    expect([half.got(), half.state()]).toEqual(['', 'open'])
  })

  it('holds bytes, and delivers all of them later, for those whom it concerns', async () => {
    const { proxy, heard } = await setUp()
    const [held, other] = [await call(proxy), await call(proxy)]
    await until(proxy.connections, (count) => count === 2)
    const concerned = [true, false]
    proxy.set({ up: { kind: 'hold' }, concerns: () => concerned.shift() ?? false })
    held.socket.write('held')
    other.socket.write('a')
    await until(other.got, (got) => got === 'A')
    expect(heard()).toBe('a')
    proxy.set({})
    await until(held.got, (got) => got === 'HELD')
  })

  it.each([{ kind: 'slow', bytesPerSecond: 2000 } as const, { kind: 'delay', delayMs: 30 } as const])(
    'keeps bytes complete and in order when the network is $kind',
    async (flow) => {
      const { proxy } = await setUp()
      proxy.set({ up: flow, down: flow })
      const caller = await call(proxy)
      const startedAt = performance.now()
      const text = 'abcdefghij'.repeat(20)
      caller.socket.end(text)
      await until(caller.state, (state) => state === 'ended')
      expect(caller.got()).toBe(text.toUpperCase())
      // Twice the way, at the earliest.
      expect(performance.now() - startedAt).toBeGreaterThan(59)
    },
  )
})
