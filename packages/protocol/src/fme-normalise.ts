import { isEmptyArray, isEmptyObject, isRecord } from './look.ts'

/**
 * Turns empty lists that came as `{}` into `[]`, and empty segments and maps that came as `[]` into `{}`, in place: what VWO
 * sends of PHP. A segment of `[]` the SDK takes for one that nobody fits.
 *
 * @returns Whether there were any.
 */
export function normaliseSettings(file: object): boolean {
  let hasChanged = false
  const set = (holder: Record<string, unknown>, field: string, empty: object): void => {
    holder[field] = empty
    hasChanged = true
  }
  const listIn = (holder: unknown, field: string): readonly unknown[] => {
    if (!isRecord(holder)) return []
    const found = holder[field]
    if (Array.isArray(found)) return found
    if (isEmptyObject(found)) set(holder, field, [])
    return []
  }
  const mapIn = (holder: unknown, field: string): void => {
    if (isRecord(holder) && isEmptyArray(holder[field])) set(holder, field, {})
  }
  for (const each of listIn(file, 'features')) {
    for (const field of ['metrics', 'rules', 'variables']) listIn(each, field)
    mapIn(each, 'impactCampaign')
  }
  for (const each of listIn(file, 'campaigns')) {
    for (const field of ['variables', 'metrics']) listIn(each, field)
    mapIn(each, 'segments')
    for (const inner of listIn(each, 'variations')) {
      listIn(inner, 'variables')
      mapIn(inner, 'segments')
    }
  }
  for (const each of listIn(file, 'holdouts')) {
    for (const field of ['featureIds', 'metrics']) listIn(each, field)
    mapIn(each, 'segments')
  }
  for (const field of ['groups', 'campaignGroups', 'sdkMetaInfo']) mapIn(file, field)
  const groups = (file as { groups?: unknown }).groups
  for (const each of isRecord(groups) ? Object.values(groups) : []) {
    for (const field of ['campaigns', 'p']) listIn(each, field)
    mapIn(each, 'wt')
  }
  return hasChanged
}
