/**
 * What a promise resolves with, or something else after the limit.
 *
 * @param options.isAwaited - Whether the process has to live until then. Default true.
 * @param options.otherwise - What else. Default `undefined`.
 */
export function within<T, Otherwise = undefined>(
  timeoutMs: number,
  promise: Promise<T>,
  { isAwaited = true, otherwise }: { readonly isAwaited?: boolean; readonly otherwise?: Otherwise } = {},
): Promise<T | Otherwise> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(otherwise as Otherwise), timeoutMs)
    if (!isAwaited) timer.unref()
    const clear = (): void => clearTimeout(timer)
    promise.then(resolve, reject)
    promise.then(clear, clear)
  })
}
