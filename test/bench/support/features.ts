import { abTest, fmeSettings, type FeatureOf, rollout } from '../../support/fme-settings.ts'
import { account, type Changed, most, nameOf } from './settings.ts'

/**
 * A settings-file of FME of about this many bytes: features with a rollout and a test each, as many as it takes.
 *
 * @param serial - Of the change: VWO raises the version with each.
 */
export function featuresOfSize(bytes: number, serial = 0, changed: Changed = 'one'): string {
  const of = (count: number): string =>
    JSON.stringify(
      fmeSettings(
        Array.from({ length: count }, (_, index) => featureOf(index + 1, serial, changed)),
        { version: serial + 1, ...account },
      ),
    )
  const one = (of(20).length - of(10).length) / 10
  return of(Math.max(1, Math.round(bytes / one)))
}

function featureOf(id: number, serial: number, changed: Changed): FeatureOf {
  const text = (value: string) => [{ id: 1, key: 'text', type: 'string', value }]
  const said = `${nameOf(id * 11)} ${id <= most[changed] ? serial : id}`
  const variations = ['Control', said].map((name, index) => ({
    ...{ id: index + 1, name, weight: 50, segments: {} },
    variables: text(`${nameOf(id * 13)} ${name}`),
  }))
  const segments =
    id % 5 === 0 ? { or: [{ custom_variable: { [nameOf(id * 5)]: `lower(${nameOf(id)})` } }] } : {}
  return { key: `feature-${id}`, rules: [rollout({ segments }), abTest({ variations })] }
}
