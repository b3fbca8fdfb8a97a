/**
 * What a promise resolves with, or `undefined` after the limit.
 *
 * @param options.isAwaited - Whether the process has to live until then. Default true.
 */
export function within<T>(
  timeoutMs: number,
  promise: Promise<T>,
  { isAwaited = true }: { readonly isAwaited?: boolean } = {},
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, timeoutMs, undefined)
    if (!isAwaited) timer.unref()
    const clearing =
      <Value>(settle: (value: Value) => void) =>
      (value: Value): void => {
        clearTimeout(timer)
        settle(value)
      }
    promise.then(clearing(resolve), clearing(reject))
  })
}
