import type { Owner } from '../product.ts'
import type { AnyFile } from './format.ts'

/** Settings of another account or environment would be valid, and wrong everywhere. */
export function findStranger(
  settingsFile: AnyFile,
  { accountId, sdkKey }: Partial<Owner>,
): string | undefined {
  const got = String(settingsFile.accountId)
  if (accountId !== undefined && got !== accountId) {
    return `accountId: expected ${accountId}, got ${/^\d{1,20}$/.test(got) ? got : 'something else'}`
  }
  const own: unknown = settingsFile.sdkKey
  if (sdkKey !== undefined && typeof own === 'string' && own !== sdkKey) {
    return 'sdkKey: expected the one of this environment, got another'
  }
  return undefined
}
