/**
 * Settings-files that VWO never sends: what costs more than its bytes, what harms apps, and good ones with anything in them.
 *
 * @module
 */
import { hostileSettings } from '../support/hostile-settings.ts'
import { abTest, decidesFor, featureTest } from '../support/settings-file.ts'
import type { ProductName } from '@vwo-hub/protocol'
import { hostileFeatures } from './hostile-features.ts'
import type { Random } from './random.ts'
import { type Hostile, mutate, written } from './mutate.ts'
import { type Edition, editionOf, sha256Of } from './settings.ts'

/** The limit of the hubs, in bytes. */
export const maxSettingsBytes = 2_097_152

/** Expressions with a beginning that hides how they backtrack. */
const backtracking = [
  '^https?://([\\w-]+\\.?)+/checkout$',
  '^XY-(\\w+)*$',
  '^\\+49(\\d+ ?)+$',
  '^id:(\\w+,?)+;$',
  '^[\\w.]+@(\\w+\\.?)+\\.com$',
]

/** @returns What a hostile VWO has as this edition: it may never be published, or it harms nothing if it is. */
export function hostileEdition(serial: number, random: Random, product: ProductName): Edition {
  const campaigns = [large, backtracks, leadsElsewhere, mutated, mutated, doubled]
  const make = random.pick(product === 'fme' ? hostileFeatures : campaigns)
  const { text, isTolerated = false } = make(serial, random)
  return { serial, text, sha256: sha256Of(text), isGood: false, ...(isTolerated && { isTolerated }) }
}

const campaignsIn = (serial: number): { campaigns: object[]; [name: string]: unknown } =>
  JSON.parse(editionOf(serial).text) as ReturnType<typeof campaignsIn>

/** Whatever else it is, in the end the SDK throws on it. */
function large(_serial: number, random: Random): Hostile {
  const [make] = [random.pick(Object.values(hostileSettings))]
  const file = JSON.parse(make(random.pick([20_000, 200_000, maxSettingsBytes - 200_000]))) as {
    campaigns: object[]
  }
  file.campaigns.push({ ...decidesFor('broken', 'x'), variations: [null] })
  return { text: JSON.stringify(file) }
}

function backtracks(serial: number, random: Random): Hostile {
  const file = campaignsIn(serial)
  const segments = { or: [{ custom_variable: { v: `regex(${random.pick(backtracking)})` } }] }
  file.campaigns.push(abTest('backtracks', { segments }))
  return { text: JSON.stringify(file) }
}

/** The events of users would go there. */
export function leadsElsewhere(serial: number): Hostile {
  return { text: JSON.stringify({ ...campaignsIn(serial), collectionPrefix: '../../evil?x=' }) }
}

/** What apps decide by stays as it is, and beside it is what nobody has foreseen. */
function mutated(serial: number, random: Random): Hostile {
  const victims: object[] = [abTest('victim-1'), featureTest('victim-2')]
  const extra: Record<string, unknown> = {
    isNB: false,
    isEventArchEnabled: true,
    groups: {},
    novel: { list: [1] },
  }
  mutate([victims, extra], random)
  const file = { ...campaignsIn(serial), ...extra }
  file.campaigns.push(...victims.filter((victim) => victim !== undefined))
  return { text: written(file), isTolerated: true }
}

/** Every row twice, as in a known outage of 2025. */
function doubled(serial: number): Hostile {
  const file = campaignsIn(serial)
  file.campaigns = file.campaigns.flatMap((campaign) => [campaign, campaign])
  return { text: JSON.stringify(file), isTolerated: true }
}
