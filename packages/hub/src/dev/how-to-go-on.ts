import type { RevisionMeta } from '../environment/meta.ts'

/** What keeps the next save of the file from the apps, and what ends that; undefined where nothing does. */
export function howToGoOn(
  current: Pick<RevisionMeta, 'pinnedUntil' | 'held'> | undefined,
): string | undefined {
  if (current?.pinnedUntil !== undefined) {
    return 'pinned: what you save waits, and the apps stay as they are. To go on: vwo-hub unpin'
  }
  if (current?.held !== undefined) {
    return 'held back: it looks like an accident. To have it now: vwo-hub release; to keep it out: vwo-hub pin --for 1h'
  }
  return undefined
}
