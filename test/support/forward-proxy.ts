import { once } from 'node:events'
import { createServer, request as ask } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'

export interface ForwardProxy {
  readonly url: string
  /** What it was asked for: `CONNECT host:port`, or `GET http://…` of what is not encrypted. */
  readonly asked: string[]
  /** `Proxy-Authorization` of the last request. */
  readonly authorization: () => string | undefined
  close(): Promise<void>
}

/** A proxy such as a company has on its only way out; every name leads to this machine. */
export async function startForwardProxy({ refuses = false } = {}): Promise<ForwardProxy> {
  const asked: string[] = []
  const sockets = new Set<Socket>()
  let authorization: string | undefined
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url?.replace(/\?.*/, '')}`)
    authorization = request.headers['proxy-authorization']
    if (refuses) return void response.writeHead(407).end()
    const { port, pathname, search } = new URL(request.url ?? '')
    const target = { host: '127.0.0.1', port, path: pathname + search, headers: request.headers }
    const passed = ask(target, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(response)
    })
    request.pipe(passed)
  })
  server.on('connect', ({ url = '', headers }, socket: Socket) => {
    asked.push(`CONNECT ${url}`)
    authorization = headers['proxy-authorization']
    if (refuses) return void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
    const target = connect(Number(url.split(':').at(-1)), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      target.pipe(socket)
      socket.pipe(target)
    })
    for (const [each, other] of [
      [socket, target],
      [target, socket],
    ] as const) {
      each.on('error', () => {})
      each.on('close', () => other.destroy())
    }
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    authorization: () => authorization,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
