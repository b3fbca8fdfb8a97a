import { InvalidArgumentError } from 'commander'

/** The value of an option that is a time to wait, such as `--timeout 30`. */
export function seconds(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && value <= 3600) return value
  throw new InvalidArgumentError('expected seconds, from 0 to 3600.')
}
