/**
 * Settings-files that VWO never sends, and that once stalled or ended a hub: what costs more than its bytes.
 *
 * @module
 */

const campaign = (id: number | string, more: object = {}): object => ({
  id,
  key: `k${id}`,
  type: 'VISUAL_AB',
  status: 'RUNNING',
  percentTraffic: 100,
  goals: [],
  segments: {},
  variations: [
    { id: 1, name: 'Control', weight: 50 },
    { id: 2, name: 'B', weight: 50 },
  ],
  ...more,
})

const root = (rest: string): string => `{"version":1,"accountId":123456,${rest}}`
const many = (item: string, count: number): string =>
  `[${Array.from({ length: count }, () => item).join(',')}]`
const listed = (count: number): string => `[${Array.from({ length: count }, (_, id) => id + 1).join(',')}]`
const campaigns = (count: number, more: (id: number) => object = () => ({})): string =>
  `"campaigns":[${Array.from({ length: count }, (_, index) => JSON.stringify(campaign(index + 1, more(index + 1)))).join(',')}]`
const memberships = (count: number, group: (id: number) => number): string =>
  `"campaignGroups":{${Array.from({ length: count }, (_, index) => `"${index + 1}":${group(index + 1)}`).join(',')}}`

/** Numbers from 0 to 1, the same each time. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    yield (state >>> 8) / 0x1_00_00_00
  }
}

/** JSON of whatever comes, with the names of a settings-file in it. */
function anything(random: Iterator<number, never>, depth: number): unknown {
  const next = (): number => random.next().value
  const names = [
    'campaigns',
    'variations',
    'goals',
    'segments',
    'or',
    'and',
    'not',
    'custom_variable',
    'id',
    'key',
    'weight',
  ]
  const pick = next()
  if (depth === 0 || pick < 0.3)
    return [null, true, -1, 1e300, '', 'regex(^(a?){9}$)', next()][Math.floor(next() * 7)]
  const count = Math.floor(next() * 6)
  if (pick < 0.6) return Array.from({ length: count }, () => anything(random, depth - 1))
  return Object.fromEntries(
    Array.from({ length: count }, () => [
      names[Math.floor(next() * names.length)] ?? '',
      anything(random, depth - 1),
    ]),
  )
}

/** A good campaign with something else in it. */
function spoiled(id: number, random: Iterator<number, never>): object {
  const names = ['goals', 'variations', 'segments', 'variables', 'isMAB', 'novel', 'percentTraffic']
  const name = names[Math.floor(random.next().value * names.length)] ?? ''
  return campaign(
    id,
    random.next().value < 0.8 ? { [name === 'percentTraffic' ? 'novel' : name]: anything(random, 5) } : {},
  )
}

/** Each makes a file of about so many bytes. */
export const hostileSettings: Readonly<Record<string, (bytes: number) => string>> = {
  'nothing as campaigns': (bytes) => root(`"campaigns":${many('{}', bytes / 3)}`),
  'anything at random': (bytes) => {
    const random = numbers(bytes)
    const all: string[] = []
    for (let length = 0; length < bytes;) {
      const text = JSON.stringify(spoiled(all.length, random))
      all.push(text)
      length += text.length + 1
    }
    return root(`"campaigns":[${all.join(',')}]`)
  },
  'nothing as goals': (bytes) =>
    root(
      `"campaigns":[${JSON.stringify(campaign(1)).replace('"goals":[]', `"goals":${many('{}', bytes / 3)}`)}]`,
    ),
  'nothing in the list of a group': (bytes) =>
    root(`"campaigns":[],"groups":{"1":{"campaigns":${many('{}', bytes / 3)}}}`),
  'many campaigns in one group of many more': (bytes) => {
    const count = Math.round(bytes / 330)
    return root(
      `${campaigns(count)},${memberships(count, () => 1)},"groups":{"1":{"name":"g","campaigns":${listed(10 * count)}}}`,
    )
  },
  'campaigns of ids alone, grouped': (bytes) => {
    const count = Math.round(bytes / 30)
    const ids = Array.from({ length: count }, (_, id) => `{"id":${id + 1}}`).join(',')
    return root(`"campaigns":[${ids}],${memberships(count, () => 1)},"groups":{"1":{"campaigns":[1]}}`)
  },
  'a group for each campaign': (bytes) => {
    const count = Math.round(bytes / 280)
    const groups = Array.from(
      { length: count },
      (_, id) => `"${id + 1}":{"name":"g","campaigns":[${id + 1}]}`,
    )
    return root(`${campaigns(count)},${memberships(count, (id) => id)},"groups":{${groups.join(',')}}`)
  },
  'one campaign of variations': (bytes) => {
    const variations = Array.from({ length: Math.round(bytes / 40) }, (_, id) => ({
      id,
      name: `v${id}`,
      weight: 0,
    }))
    return root(`"campaigns":[${JSON.stringify(campaign(1, { variations }))}]`)
  },
  'one campaign of goals': (bytes) => {
    const goals = Array.from({ length: Math.round(bytes / 50) }, (_, id) => ({
      id,
      identifier: `g${id}`,
      type: 'X',
    }))
    return root(`"campaigns":[${JSON.stringify(campaign(1, { goals }))}]`)
  },
  'one feature of variables': (bytes) => {
    const variables = Array.from({ length: Math.round(bytes / 100) }, (_, id) => ({
      id,
      key: `x${id}`,
      type: 'string',
      value: 'v',
    }))
    const variations = [{ id: 1, name: 'Control', weight: 100, isFeatureEnabled: true, variables }]
    return root(
      `"campaigns":[${JSON.stringify(campaign(1, { type: 'FEATURE_TEST', variables, variations }))}]`,
    )
  },
  'all campaigns of one key': (bytes) => root(campaigns(Math.round(bytes / 190), () => ({ key: 'k' }))),
  'all campaigns of one id': (bytes) =>
    root(campaigns(Math.round(bytes / 190), (id) => ({ id: 1, key: `k${id}` }))),
  'many small campaigns': (bytes) => root(campaigns(Math.round(bytes / 190))),
  'campaigns with a fault each': (bytes) =>
    root(campaigns(Math.round(bytes / 190), () => ({ segments: { or: null } }))),
  'expressions, each another': (bytes) =>
    root(
      campaigns(Math.round(bytes / 260), (id) => ({
        segments: { custom_variable: { v: `regex(^([a-z]+-?)${id}[0-9]{3}$)` } },
      })),
    ),
  'one segment of many conditions': (bytes) => {
    const conditions = Array.from({ length: Math.round(bytes / 40) }, (_, id) => ({
      custom_variable: { [`v${id}`]: 'x' },
    }))
    return root(`"campaigns":[${JSON.stringify(campaign(1, { segments: { or: conditions } }))}]`)
  },
  'segments nested deeply, often': (bytes) => {
    const nested = `${'{"not":'.repeat(150)}{"user":"a"}${'}'.repeat(150)}`
    return root(
      `"campaigns":[${JSON.stringify(campaign(1)).replace('"segments":{}', `"segments":{"or":${many(nested, bytes / 1215)}}`)}]`,
    )
  },
  'names at the root': (bytes) =>
    root(
      `"campaigns":[],${Array.from({ length: Math.round(bytes / 12) }, (_, id) => `"n${id}":0`).join(',')}`,
    ),
  'lists of nothing': (bytes) => root(`"campaigns":[],"x":${many('[]', bytes / 3)}`),
  numbers: (bytes) => root(`"campaigns":[],"x":${many('1.5', bytes / 4)}`),
  'one long text': (bytes) => root(`"campaigns":[],"x":"${'é'.repeat(bytes / 2)}"`),
  'one weight of spaces': (bytes) =>
    root(
      `"campaigns":[${JSON.stringify(campaign(1)).replace('"weight":50', `"weight":"${' '.repeat(bytes)}x"`)}]`,
    ),
  'weights of a group': (bytes) => {
    const weights = Array.from({ length: Math.round(bytes / 12) }, (_, id) => `"${id}":{}`).join(',')
    return root(`"campaigns":[],"groups":{"1":{"campaigns":[],"wt":{${weights}}}}`)
  },
}
