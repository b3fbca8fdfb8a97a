/**
 * What VWO never sends of FME: what harms apps, and good settings-files with anything in them.
 *
 * @module
 */
import type { SettingsFile } from '@vwo-hub/protocol/fme'
import { abTest, fmeSettings, personalise, rollout } from '../support/fme-settings.ts'
import { type Hostile, mutate, written } from './mutate.ts'
import type { Random } from './random.ts'
import { editionOf } from './settings.ts'

type Make = (serial: number, random: Random) => Hostile

const featuresIn = (serial: number): SettingsFile =>
  JSON.parse(editionOf(serial, {}, 'fme').text) as SettingsFile

/** Each is refused: it ends processes, or keeps them from anything else, or leads events elsewhere. */
const harmful: readonly ((file: SettingsFile) => SettingsFile)[] = [
  (file) => ({ ...file, pollInterval: 5 }),
  (file) => ({ ...file, collectionPrefix: '../../evil?x=' }),
  (file) => ({ ...file, groups: { 1: { campaigns: ['11'] } }, campaignGroups: { 11: 1 } }),
  (file) => withMore(file, { segments: { or: [{ custom_variable: { v: 'regex((a+)+$)' } }] } }),
  (file) => withMore(file, { variations: [] }),
  (file) => withMore(file, { variations: [{ id: 0, name: 'x', weight: 100 }] }),
]

const refused: Make = (serial, random) => ({ text: JSON.stringify(random.pick(harmful)(featuresIn(serial))) })

/** Ids of its own, beside those that apps decide by. */
function withMore(file: SettingsFile, campaign: object): SettingsFile {
  const more = fmeSettings([{ key: 'victim', rules: [abTest(campaign)] }])
  return joined(file, more)
}

function joined(file: SettingsFile, { features, campaigns }: SettingsFile): SettingsFile {
  const far = 1000
  const moved = features.map((feature) => ({
    ...feature,
    id: Number(feature.id) + far,
    rules: feature.rules?.map((rule) => ({ ...rule, campaignId: rule.campaignId + far })),
  }))
  const own = campaigns.map((campaign) => ({ ...campaign, id: Number(campaign.id) + far }))
  return { ...file, features: [...file.features, ...moved], campaigns: [...file.campaigns, ...own] }
}

/** What apps decide by stays as it is, and beside it is what nobody has foreseen. */
const mutated: Make = (serial, random) => {
  const file = featuresIn(serial)
  const whole = joined(
    file,
    fmeSettings([
      { key: 'victim-1', rules: [rollout({ segments: { or: [{ user: 'ann' }] } }), abTest()] },
      { key: 'victim-2', rules: [personalise()] },
    ]),
  )
  mutate([whole.features.slice(file.features.length), whole.campaigns.slice(file.campaigns.length)], random)
  return { text: written(whole), isTolerated: true }
}

/** Every row twice. */
const doubled: Make = (serial) => {
  const file = featuresIn(serial)
  const twice = { ...file, features: file.features.flatMap((each) => [each, each]) }
  return { text: JSON.stringify(twice), isTolerated: true }
}

export const hostileFeatures: readonly Make[] = [refused, refused, mutated, mutated, doubled]
