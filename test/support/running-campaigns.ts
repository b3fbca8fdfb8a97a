/**
 * Settings-files of campaigns that run, as the summary of a change reads them: they need not be of the test account.
 *
 * @module
 */
import type { SettingsFile } from '@vwo-hub/protocol/fullstack'

export type Campaign = SettingsFile['campaigns'][number]
type Variation = Campaign['variations'][number]

export const variation = (id: number, overrides: Partial<Variation> = {}): Variation => ({
  id,
  name: id === 1 ? 'Control' : `Variation-${id - 1}`,
  weight: 50,
  changes: {},
  ...overrides,
})

export const campaign = (id: number, overrides: Partial<Campaign> = {}): Campaign => ({
  id,
  type: 'VISUAL_AB',
  key: `campaign-${id}`,
  status: 'RUNNING',
  percentTraffic: 50,
  goals: [{ id: 1, identifier: 'signup', type: 'CUSTOM_GOAL' }],
  variations: [variation(1), variation(2)],
  segments: {},
  ...overrides,
})

export const file = (campaigns: Campaign[], overrides: Partial<SettingsFile> = {}): SettingsFile => ({
  version: 1,
  accountId: 123456,
  campaigns,
  ...overrides,
})
