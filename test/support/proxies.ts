/**
 * The proxies that people have before a hub: the real ones, with the configuration that the documents show.
 *
 * @module
 */
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { findFreePort } from '@vwo-hub/sandbox'
import { removeDirectory, spawnGuarded } from '../../packages/sandbox/dist/servers/guarded-process.js'
import { findProxy } from '../../scripts/proxies.mjs'
import { createCertificate } from './certificate.ts'
import { until } from './until.ts'

interface Proxy {
  readonly port: number
  close(): Promise<void>
}

/** The blocks of a document in this language, with these texts in place of those. */
export async function blocksOf(
  document: string,
  language: string,
  replacements: Readonly<Record<string, string>>,
): Promise<string> {
  const markdown = await readFile(join(import.meta.dirname, '../../docs', document), 'utf8')
  const blocks = [...markdown.matchAll(/^```(\w+)\n(.*?)^```/gms)]
    .filter(([, name]) => name === language)
    .map(([, , block = '']) => block)
  if (blocks.length === 0) throw new Error(`${document}: expected a block of ${language}, found none`)
  return Object.entries(replacements).reduce((block, [from, to]) => {
    if (!block.includes(from)) throw new Error(`${document}: expected ${from} in its block of ${language}`)
    return block.replaceAll(from, to)
  }, blocks.join('\n'))
}

/**
 * nginx with these blocks of its `http`, as they would be in production: with TLS, and under their names. All are on one port.
 *
 * @param more - Directives for all of them.
 */
export async function startNginx(blocks: string, more = ''): Promise<Proxy> {
  const port = await findFreePort()
  const directory = await mkdtemp(join(tmpdir(), 'nginx-'))
  const { cert, key } = await createCertificate()
  await writeFile(join(directory, 'cert.pem'), cert)
  await writeFile(join(directory, 'key.pem'), key)
  const own = blocks
    .replaceAll('listen 443 ssl;', `listen 127.0.0.1:${port} ssl;`)
    .replaceAll(/^ *ssl_certificate(_key)? .*$/gm, '')
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${directory}/${name};`,
  )
  await writeFile(
    join(directory, 'nginx.conf'),
    `daemon off; master_process off; pid ${directory}/pid; error_log stderr; events {}
     http {
       access_log off; ${folders.join(' ')}
       ssl_certificate ${directory}/cert.pem; ssl_certificate_key ${directory}/key.pem;
       ${more}
       ${own}
     }`,
  )
  return await startProxy('nginx', ['-p', directory, '-c', join(directory, 'nginx.conf')], directory, port)
}

/** HAProxy with this configuration, but for its address, and without TLS. `statistics` has a row for each that it knows. */
export async function startHaproxy(
  configuration: string,
): Promise<Proxy & { statistics(): Promise<Readonly<Record<string, string>>[]> }> {
  const port = await findFreePort()
  const directory = await mkdtemp(join(tmpdir(), 'haproxy-'))
  const own = configuration.replace(/bind :443 .*/, `bind 127.0.0.1:${port}`)
  const socket = join(directory, 'statistics')
  await writeFile(join(directory, 'haproxy.cfg'), `global\n  stats socket ${socket}\n${own}`)
  const args = ['-db', '-f', join(directory, 'haproxy.cfg')]
  const proxy = await startProxy('haproxy', args, directory, port)
  // It listens for requests before it does for this.
  await until(() => existsSync(socket), Boolean)
  return {
    ...proxy,
    async statistics() {
      const [names = '', ...rows] = (await text(connect(socket).end('show stat\n'))).trim().split('\n')
      const columns = names.replace(/^# /, '').split(',')
      return rows.map((row) => {
        const cells = row.split(',')
        return Object.fromEntries(columns.map((name, index) => [name, cells[index] ?? '']))
      })
    },
  }
}

async function startProxy(
  name: Parameters<typeof findProxy>[0],
  args: readonly string[],
  directory: string,
  port: number,
): Promise<Proxy> {
  const proxy = await spawnGuarded({ path: findProxy(name), argv0: name, args, directory })
  const isReady = await until(
    async () => (proxy.isRunning() ? (await answers(port)) || undefined : false),
    (seen) => seen !== undefined,
  )
  if (!isReady) throw new Error(`${name} did not start: ${proxy.output()}`)
  return {
    port,
    async close() {
      proxy.signal('SIGKILL')
      await proxy.ended
      await removeDirectory(directory)
    },
  }
}

async function answers(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true))
    socket.once('error', () => resolve(false)).once('connect', () => socket.destroy())
  })
}
