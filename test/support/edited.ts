/** A copy of plain data in which something else stands in one place: `campaigns.1.id`. Undefined takes out what is there. */
export function edited<T extends object>(data: T, place: string, value: unknown): T {
  const copy = structuredClone(data)
  const steps = place.split('.')
  const last = steps.pop() ?? ''
  let holder = copy as Record<string, unknown>
  for (const step of steps) holder = holder[step] as Record<string, unknown>
  if (value === undefined) Reflect.deleteProperty(holder, last)
  else holder[last] = value
  return copy
}
