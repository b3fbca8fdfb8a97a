/**
 * Copies of the FME SDK that share nothing, and what they send. `VWO_FME_SDK` names another version of it, by its entry.
 *
 * @module
 */
import { createRequire } from 'node:module'
import type { SdkClient, SdkRequest } from '../../packages/client/dist/product/fme/sdk-models.js'
import { copyPackage } from './copy-package.ts'

const entry = process.env['VWO_FME_SDK'] ?? createRequire(import.meta.url).resolve('vwo-fme-node-sdk')

export interface FmeSdkCopy {
  init(options: object): Promise<SdkClient>
}

/** Loads the SDK anew, untouched by anything that was done with another copy. */
export const copyFmeSdk = (): FmeSdkCopy => copyPackage(entry).exports as FmeSdkCopy

/** The longest that the SDK takes for an interval. */
export const NEVER_POLLS = 2 ** 31 - 1

/** One request of the SDK, without what is another each time. */
export interface Sent {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body: unknown
}

/** A network that answers 200 to everything, and keeps what was sent. */
export function recordingNetwork() {
  const sent: Sent[] = []
  const answer = {
    getStatusCode: () => 200,
    getData: () => ({}),
    getError: () => {},
    getTotalAttempts: () => 0,
    getHeaders: () => ({}),
  }
  const take = async (method: Sent['method'], request: SdkRequest) => {
    const { path = '', body } = request.getOptions()
    sent.push({ method, path: withoutChance(path), body: body && withoutTime(body) })
    return answer
  }
  return {
    sent,
    client: {
      GET: (request: SdkRequest) => take('GET', request),
      POST: (request: SdkRequest) => take('POST', request),
    },
  }
}

const withoutChance = (path: string): string => path.replaceAll(/([?&](?:random|r|eTime|sId)=)[^&]*/g, '$1')

/** Times and what is made of them. */
function withoutTime(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (name, each: unknown) => {
      if (name === 'msgId' || name === 'sessionId' || name === 'time') return undefined
      return each
    }),
  )
}
