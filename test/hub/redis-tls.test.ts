import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startRedisServer } from '@vwo-hub/sandbox'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readRedisConfig } from '../../packages/hub/dist/config/command-config.js'
import { createCertificate } from '../support/certificate.ts'
import { runCommand } from '../support/cli.ts'

/** Files with a certificate for some names, which is its own authority, and its key. */
async function certificateFiles(...names: string[]) {
  const { cert, key } = await createCertificate(...names)
  const folder = await mkdtemp(join(tmpdir(), 'vwo-hub-tls-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  await Promise.all([writeFile(certFile, cert), writeFile(keyFile, key)])
  return { cert, key, certFile, keyFile }
}

async function redisLine(env: Record<string, string>): Promise<string> {
  const { stdout } = await runCommand(['doctor'], { env })
  return stdout.split('\n').find((line) => /rediss:/.test(line)) ?? stdout
}

describe('a Redis that asks for certificates', () => {
  it('is reached with one, and with none is not', async () => {
    const { cert, key, certFile, keyFile } = await certificateFiles()
    const server = await startRedisServer({ tls: { cert, key }, args: ['--tls-auth-clients', 'yes'] })
    onTestFinished(server.close)
    const env = { REDIS_URL: server.url, REDIS_TLS_CA_FILE: certFile }
    expect(await redisLine({ ...env, REDIS_TLS_CERT_FILE: certFile, REDIS_TLS_KEY_FILE: keyFile })).toMatch(
      /answers in/,
    )
    expect(await redisLine(env)).not.toMatch(/answers in/)
  })

  it('whose certificate is for another name is reached where that is given', async () => {
    const { cert, key, certFile } = await certificateFiles('redis.internal')
    const server = await startRedisServer({ tls: { cert, key } })
    onTestFinished(server.close)
    const env = { REDIS_URL: server.url, REDIS_TLS_CA_FILE: certFile }
    expect(await redisLine({ ...env, REDIS_TLS_SERVERNAME: 'redis.internal' })).toMatch(/answers in/)
    expect(await redisLine(env)).toMatch(/altnames|not in the cert/)
  })
})

describe('the files of a certificate', () => {
  const faultsOf = (env: Record<string, string>) => {
    try {
      readRedisConfig({ REDIS_URL: 'rediss://host', ...env })
      return []
    } catch (error) {
      return String(error).split('\n  ').slice(1)
    }
  }

  it('are a pair that fits, without a passphrase', async () => {
    const [own, other] = await Promise.all([certificateFiles(), certificateFiles()])
    expect(faultsOf({ REDIS_TLS_CERT_FILE: own.certFile, REDIS_TLS_KEY_FILE: own.keyFile })).toEqual([])
    expect(faultsOf({ REDIS_TLS_CERT_FILE: own.certFile, REDIS_TLS_KEY_FILE: other.keyFile })).toEqual([
      'REDIS_TLS_KEY_FILE: expected the key of the certificate in REDIS_TLS_CERT_FILE, got another one.',
    ])
    expect(faultsOf({ REDIS_TLS_CERT_FILE: own.certFile })).toEqual([
      'REDIS_TLS_CERT_FILE: expected both it and REDIS_TLS_KEY_FILE, got it alone.',
    ])
    await writeFile(other.keyFile, own.key.replace('PRIVATE', 'ENCRYPTED PRIVATE'))
    expect(faultsOf({ REDIS_TLS_CERT_FILE: own.certFile, REDIS_TLS_KEY_FILE: other.keyFile })).toEqual([
      'REDIS_TLS_KEY_FILE: expected a file with a PEM key that needs no passphrase, got one without.',
    ])
  })

  it('need a URL of TLS', async () => {
    const { certFile, keyFile } = await certificateFiles()
    const env = { REDIS_URL: 'redis://host', REDIS_TLS_CERT_FILE: certFile, REDIS_TLS_KEY_FILE: keyFile }
    expect(faultsOf(env)).toEqual([expect.stringMatching(/^REDIS_URL: expected rediss:/)])
  })
})
