/**
 * What a promise resolves with, or `undefined` after the limit.
 *
 * @param options.isAwaited - Whether the process has to live until then. Default true.
 */
export async function within<T>(
  timeoutMs: number,
  promise: Promise<T>,
  { isAwaited = true }: { readonly isAwaited?: boolean } = {},
): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, undefined)
    if (!isAwaited) timer.unref()
  })
  try {
    return await Promise.race([promise, timeout])
  } finally {
    clearTimeout(timer)
  }
}
