/** How long a rollback pins, in milliseconds, unless said otherwise. */
export const DEFAULT_PIN_MS = 3_600_000
/** The shortest and the longest pin, in milliseconds: 1 second, 30 days. */
export const PIN_LIMITS_MS = { least: 1000, most: 30 * 24 * 3_600_000 } as const
/** What a refusal of another length says that it expected. */
export const PIN_LENGTH = `an integer from ${PIN_LIMITS_MS.least} to ${PIN_LIMITS_MS.most} (milliseconds)`
