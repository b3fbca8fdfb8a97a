import { plainText } from '../text/plain-text.ts'

/** Who acts, and why: for the audit stream. */
export interface Actor {
  readonly as: string
  readonly reason?: string | undefined
}

/** As fields of the audit entry. */
export function noted({ as, reason }: Actor): Record<string, string> {
  return {
    as: plainText(as, 80),
    ...(reason !== undefined && reason !== '' && { reason: plainText(reason, 300) }),
  }
}

export const timeOf = (milliseconds: number): string => new Date(milliseconds).toISOString()
