/** Replaces one of the values of a tree, counted from its root. */
export function replaceAt(root: unknown, where: number, replacement: unknown): unknown {
  const places: [holder: Record<string, unknown>, name: string][] = []
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    for (const name of Object.keys(value)) {
      const holder = value as Record<string, unknown>
      places.push([holder, name])
      visit(holder[name])
    }
  }
  visit(root)
  const [holder, name] = places[where % places.length] ?? []
  if (holder !== undefined && name !== undefined) holder[name] = replacement
  return root
}
