/** So many refusals of one address in a minute are answered with their reason. */
const REFUSALS_PER_MINUTE = 60
/** So many addresses are remembered, those that were refused longest ago leave first: memory stays flat. */
const MAX_ADDRESSES = 10_000
const WINDOW_MS = 60_000

/**
 * Counts refused requests by address. Only what was refused is limited: a right secret from the same address, or
 * from behind the same proxy, still passes.
 *
 * @returns Counts one, and says how many seconds the address is to wait; 0 while it is within the limit.
 */
export function createRefusalLimit(): (address: string) => number {
  const windows = new Map<string, { readonly endsAt: number; count: number }>()
  return (address) => {
    const at = performance.now()
    const window = windows.get(address)
    if (window === undefined || window.endsAt <= at) {
      windows.delete(address)
      windows.set(address, { endsAt: at + WINDOW_MS, count: 1 })
      if (windows.size > MAX_ADDRESSES) windows.delete(windows.keys().next().value ?? '')
      return 0
    }
    window.count += 1
    return window.count > REFUSALS_PER_MINUTE ? Math.ceil((window.endsAt - at) / 1000) : 0
  }
}
