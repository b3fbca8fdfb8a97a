import { normaliseSettings, type SettingsFile } from '@vwo-hub/protocol/fme'
import { readJudged } from '../judge/read-candidate.ts'
import type { SettingsText } from '../settings-text.ts'

/** A settings-file that has been judged before. */
export const readSettings = (text: SettingsText): SettingsFile =>
  readJudged(text, normaliseSettings) as SettingsFile
