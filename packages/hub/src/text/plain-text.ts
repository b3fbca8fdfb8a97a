/** Control and format characters (escape sequences, line breaks, text that turns direction), lone surrogates. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/**
 * Makes text from outside fit for one line of a terminal, log or audit entry: settings-files are hostile input,
 * and a campaign's name must not be able to colour a terminal or to begin a line of its own.
 *
 * @param maxLength - In UTF-16 units; what is longer ends in `…`. Default: no limit.
 */
export function plainText(text: string, maxLength: number = Number.POSITIVE_INFINITY): string {
  const clipped = text.length > maxLength ? `${text.slice(0, maxLength - 1)}…` : text
  return clipped.replace(unprintable, '\uFFFD')
}
