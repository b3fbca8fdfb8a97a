import { isIP } from 'node:net'
import type { ServerCertificate } from '@vwo-hub/sandbox'
import { generate } from 'selfsigned'

/**
 * A certificate, which is its own authority.
 *
 * @param hosts - Names and addresses that it is for. Default: those of the loopback interface.
 */
export async function createCertificate(...hosts: readonly string[]): Promise<ServerCertificate> {
  const names = hosts.length === 0 ? ['localhost', '127.0.0.1'] : hosts
  const { cert, private: key } = await generate([{ name: 'commonName', value: names[0] ?? '' }], {
    keyType: 'ec',
    extensions: [
      { name: 'basicConstraints', cA: true },
      {
        name: 'subjectAltName',
        altNames: names.map((host) =>
          isIP(host) === 0 ? { type: 2, value: host } : { type: 7 as const, ip: host },
        ),
      },
    ],
  })
  return { cert, key }
}
