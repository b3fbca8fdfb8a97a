/** Whether something can be a revision: Unix milliseconds of publication by Redis' clock, or one more than the one before. */
export function isRevision(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0
}
