/**
 * Whether an answer of the app's is one to wait for: a promise, also of another realm, or a query of a database that runs only
 * once its `then` is called. What cannot be read is none.
 */
export function isThenable(answer: unknown): answer is PromiseLike<unknown> {
  try {
    return typeof (answer as { readonly then?: unknown } | null | undefined)?.then === 'function'
  } catch {
    return false
  }
}

/** Lets an answer to wait for run, where it is one, and tells what it is rejected with: nobody else would. */
export function tellRejection(answer: unknown, onRejected: (error: unknown) => void): void {
  if (isThenable(answer)) new Promise((resolve) => resolve(answer)).catch(onRejected)
}
