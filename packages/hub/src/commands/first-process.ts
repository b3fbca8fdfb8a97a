/**
 * Ends process 1 of a container when it is asked to, from the first moment on: the kernel keeps every signal from it that
 * it has no handler for. Once there is a handler that finishes something, this one leaves it to that.
 */
export function endWhenAsked(own: Pick<NodeJS.Process, 'pid' | 'on' | 'listenerCount' | 'exit'>): void {
  if (own.pid !== 1) return
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    own.on(signal, () => {
      if (own.listenerCount(signal) === 1) own.exit(0)
    })
}
