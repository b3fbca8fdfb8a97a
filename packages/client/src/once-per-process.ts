/**
 * What a process has but once, however often this package is in it: in two places of `node_modules`, or in a bundle and beside
 * it.
 *
 * @param name - Says what it is, and its shape: another shape gets another name.
 */
export function oncePerProcess<T>(name: string, make: () => T): T {
  const key = Symbol.for(`@vwo-hub/client: ${name}`)
  const holder = globalThis as unknown as Record<symbol, T | undefined>
  return (holder[key] ??= make())
}
