import type { ServerCertificate } from '@vwo-hub/sandbox'
import { generate } from 'selfsigned'

/**
 * A certificate for servers on the loopback interface, which is its own authority.
 *
 * @param host - A name that the certificate is for instead.
 */
export async function createCertificate(host = 'localhost'): Promise<ServerCertificate> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: host }], {
    keyType: 'ec',
    extensions: [
      { name: 'basicConstraints', cA: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: host },
          ...(host === 'localhost' ? [{ type: 7 as const, ip: '127.0.0.1' }] : []),
        ],
      },
    ],
  })
  return { cert, key }
}
