import type { ServerCertificate } from '@vwo-hub/hub/testing'
import { generate } from 'selfsigned'

/** A certificate for servers on the loopback interface, which is its own authority. */
export async function createCertificate(): Promise<ServerCertificate> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    extensions: [
      { name: 'basicConstraints', cA: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  })
  return { cert, key }
}
