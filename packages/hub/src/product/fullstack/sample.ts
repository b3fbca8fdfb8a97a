/**
 * The settings-file that `vwo-hub dev` begins with: small enough to read, with one campaign of each kind.
 *
 * @module
 */

const settingsFile = {
  version: 1,
  accountId: 123_456,
  sdkKey: 'dev-sdk-key',
  isEventArchEnabled: false,
  campaigns: [
    {
      id: 101,
      key: 'checkout-button',
      name: 'Which colour sells?',
      type: 'VISUAL_AB',
      status: 'RUNNING',
      percentTraffic: 100,
      segments: {},
      goals: [{ id: 201, identifier: 'purchase', type: 'CUSTOM_GOAL' }],
      variations: [
        { id: 1, name: 'Control', weight: 50, changes: {} },
        { id: 2, name: 'Green', weight: 50, changes: {} },
      ],
    },
    {
      id: 102,
      key: 'new-search',
      name: 'The new search, for half of the users',
      type: 'FEATURE_ROLLOUT',
      status: 'RUNNING',
      percentTraffic: 50,
      segments: {},
      goals: [],
      variations: [{ id: 1, name: 'Rollout', weight: 100, changes: {} }],
      variables: [{ id: 301, key: 'resultsPerPage', type: 'integer', value: 20 }],
    },
    {
      id: 103,
      key: 'discount',
      name: 'How much discount?',
      type: 'FEATURE_TEST',
      status: 'RUNNING',
      percentTraffic: 100,
      segments: {},
      goals: [{ id: 202, identifier: 'purchase', type: 'CUSTOM_GOAL' }],
      variations: [
        {
          id: 1,
          name: 'Control',
          weight: 50,
          changes: {},
          isFeatureEnabled: false,
          variables: [{ id: 302, key: 'percent', type: 'integer', value: 0 }],
        },
        {
          id: 2,
          name: 'Ten',
          weight: 50,
          changes: {},
          isFeatureEnabled: true,
          variables: [{ id: 302, key: 'percent', type: 'integer', value: 10 }],
        },
      ],
    },
  ],
}

/** JSON, indented, to be edited by hand. */
export const sampleSettingsFile = `${JSON.stringify(settingsFile, null, 2)}\n`
