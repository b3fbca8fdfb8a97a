/**
 * The settings-file of FME that `vwo-hub dev` begins with: small enough to read, with one rule of each kind.
 *
 * @module
 */

const variable = (value: string) => [{ id: 1, key: 'label', type: 'string', value }]

const settingsFile = {
  version: 1,
  accountId: 123_456,
  sdkKey: 'dev-sdk-key',
  features: [
    {
      id: 1,
      key: 'new-search',
      name: 'The new search, for half of the users',
      type: 'FEATURE_FLAG',
      status: 'ON',
      metrics: [{ id: 201, type: 'CUSTOM_GOAL', identifier: 'purchase' }],
      rules: [{ type: 'FLAG_ROLLOUT', ruleKey: 'rolloutRule1', campaignId: 101, variationId: 1 }],
      impactCampaign: {},
    },
    {
      id: 2,
      key: 'checkout-button',
      name: 'Which words sell?',
      type: 'FEATURE_FLAG',
      status: 'ON',
      metrics: [{ id: 202, type: 'CUSTOM_GOAL', identifier: 'purchase' }],
      rules: [
        { type: 'FLAG_PERSONALIZE', ruleKey: 'personalizeRule1', campaignId: 102, variationId: 1 },
        { type: 'FLAG_TESTING', ruleKey: 'testingRule1', campaignId: 103 },
      ],
      impactCampaign: {},
    },
  ],
  campaigns: [
    {
      id: 101,
      key: 'new-search_rolloutRule1',
      name: 'Rollout',
      type: 'FLAG_ROLLOUT',
      status: 'RUNNING',
      segments: {},
      variations: [{ id: 1, name: 'Rollout', weight: 50, segments: {}, variables: variable('Find') }],
    },
    {
      id: 102,
      key: 'checkout-button_personalizeRule1',
      name: 'For gold',
      type: 'FLAG_PERSONALIZE',
      status: 'RUNNING',
      segments: {},
      variations: [
        {
          id: 1,
          name: 'Gold',
          weight: 100,
          segments: { or: [{ custom_variable: { plan: 'gold' } }] },
          variables: variable('Buy, with a present'),
        },
      ],
    },
    {
      id: 103,
      key: 'checkout-button_testingRule1',
      name: 'Which words sell?',
      type: 'FLAG_TESTING',
      status: 'RUNNING',
      percentTraffic: 100,
      segments: {},
      variations: [
        { id: 1, name: 'Control', weight: 50, segments: {}, variables: variable('Buy') },
        { id: 2, name: 'Now', weight: 50, segments: {}, variables: variable('Buy now') },
      ],
    },
  ],
  groups: {},
  campaignGroups: {},
}

/** JSON, indented, to be edited by hand. */
export const sampleSettingsFile = `${JSON.stringify(settingsFile, null, 2)}\n`
