import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * The files that take longest, mostly to wait. Begun last, or all at once, they would leave a machine with nothing else
 * to do; vitest itself knows no better on a fresh clone than to begin with the files that have most text.
 */
const longest = [
  'chaos/mutant.test.ts',
  'hub/hostile-writes.test.ts',
  'hub/dashboard-browser.test.ts',
  'hub/hostile-settings.test.ts',
  'chaos/chaos.test.ts',
  'deploy/redis-users-features.test.ts',
  'hub/redis-topologies.test.ts',
  'hub/refresh-redis.test.ts',
  'hub/hostile-reports.test.ts',
  'hub/identity.test.ts',
  'hub/cluster-addresses.test.ts',
  'topologies.test.ts',
  'environment/contract.test.ts',
  'client/cluster-connector.test.ts',
]
const othersAfterEach = 5

/** Begins with the files that take longest, some others after each, and leaves the others as vitest has them. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const others = await super.sort(files)
    const placeOf = ({ moduleId }: TestSpecification) =>
      longest.indexOf(relative(this.ctx.config.root, moduleId))
    const first = others.filter((file) => placeOf(file) >= 0).sort((a, b) => placeOf(a) - placeOf(b))
    const rest = others.filter((file) => placeOf(file) < 0)
    return [...first.flatMap((file) => [file, ...rest.splice(0, othersAfterEach)]), ...rest]
  }
}
