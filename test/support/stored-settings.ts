import { type SettingsFile, normaliseSettings } from '@vwo-hub/protocol/fullstack'
import type { PlainSettingsFile } from './settings-file.ts'

/** As a hub stores it. */
export function stored(file: PlainSettingsFile): SettingsFile {
  const copy = structuredClone(file)
  normaliseSettings(copy)
  return copy as unknown as SettingsFile
}
