import { afterAll, expect } from 'vitest'
import { HubError } from '../../packages/hub/dist/errors.js'
import type { Accepted } from '../../packages/hub/dist/product/product.js'
import { openChecker } from './checker.ts'
import { settingsFile } from './settings-file.ts'

export const sdkKey = 'a'.repeat(32)
export const expected = { environment: 'prod', accountId: '123456', sdkKey }

export const file = (...campaigns: object[]) => ({ ...settingsFile(), campaigns })

/** Checks for one file of tests, with one thread that ends with it. */
export function checkAsHub() {
  const checker = openChecker()
  /** With `HUB_STRICT=on`. */
  const strictly = openChecker({ isStrict: true })
  afterAll(() => Promise.all([checker.close(), strictly.close()]))

  const check = (body: unknown, by = checker): Promise<Accepted> =>
    by.check(typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body), expected)

  /** What is wrong with a settings-file that may be published. */
  const warningsOf = async (body: unknown): Promise<string[]> =>
    (await check(body)).warnings.told.map(({ text }) => text)

  /** Why a settings-file is refused. */
  async function refusalOf(body: unknown, by = checker): Promise<string> {
    const error = await check(body, by).then(
      () => expect.fail('expected a refusal'),
      (reason: unknown) => reason,
    )
    if (!(error instanceof HubError)) throw error
    expect(error.code).toBe('settings-refused')
    expect(error.message).not.toContain(sdkKey)
    const [, why] = /^Settings of "prod" refused: (.+)\. They are not published\.$/s.exec(error.message) ?? []
    return why ?? expect.fail(`not the form of a refusal: ${error.message}`)
  }

  return { checker, strictly, check, warningsOf, refusalOf }
}
