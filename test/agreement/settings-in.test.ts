import { describe, expect, it } from 'vitest'
import { defaultProduct } from '../../packages/hub/dist/product/products.js'
import { abTest, featureTest, settingsFile, variation } from '../support/settings-file.ts'
import { agree } from './agree.ts'
import { settingsIn } from './settings-in.ts'

const file = { accountId: 1, campaigns: [{ key: "it's", isOn: true, variables: null }] }
const json = JSON.stringify(file)

describe('settings-files are found', () => {
  it.each([
    ['JSON', `{"first": ${json}}`],
    [
      'JavaScript',
      `const a = { accountId: 1, /* one */ campaigns: [{ key: 'it\\'s', isOn: true, variables: null, },], }`,
    ],
    [
      'Python',
      `A = {'accountId': 1, # one\n 'campaigns': [{'key': "it's", 'isOn': True, 'variables': None}]}`,
    ],
    [
      'Ruby',
      `A = { "accountId" => 1, "campaigns" => [{ "key" => "it's", "isOn" => true, "variables" => nil }] }`,
    ],
    [
      'PHP',
      `return ['accountId' => 1, 'campaigns' => [['key' => 'it\\'s', 'isOn' => true, 'variables' => null]]];`,
    ],
    ['Java', `String A = ${JSON.stringify(json)};`],
  ])('in %s', (_, source) => {
    expect(settingsIn(source).map(({ text }) => JSON.parse(text) as unknown)).toEqual([file])
  })

  it('nowhere else, and nothing is run', () => {
    expect(settingsIn(`const a = { accountId: 1, campaigns: process.exit(1) }; f("campaigns", [1])`)).toEqual(
      [],
    )
  })
})

describe('hub and SDK are of one mind', () => {
  const judging = defaultProduct.open()
  const off = { variables: [{ id: 1, key: 'title', type: 'string', value: 'Basket' }] }

  it.each([
    [
      'a feature test whose variation ids are text, and off for one of them',
      featureTest('basket', {
        variations: [
          variation('1', 'Control', 50, { ...off, isFeatureEnabled: false }),
          variation('2', 'Variation-1', 50, { ...off, isFeatureEnabled: true }),
        ] as never,
      }),
    ],
    [
      'variables that are null',
      abTest('checkout', {
        variations: [1, 2].map((id) => variation(id, `V${id}`, 50, { variables: null } as never)),
      }),
    ],
  ])('about %s', async (_, campaign) => {
    const settings = settingsFile({ campaigns: [abTest('other'), campaign] })
    expect(await agree(JSON.stringify(settings), judging)).toMatchObject({
      isLaunched: true,
      decisions: 200,
      differences: [],
    })
    expect(await agree(JSON.stringify(settings), judging)).not.toHaveProperty('refusal')
  })
})
