import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * The files that take longest, mostly to wait. Begun last, they would leave a machine with nothing else to do; vitest
 * itself knows no better on a fresh clone than to begin with the files that have most text.
 */
const longest = ['chaos/mutant.test.ts', 'hub/hostile-settings.test.ts', 'chaos/chaos.test.ts']

/** Begins with the files that take longest, and leaves the others as vitest has them. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const others = await super.sort(files)
    const placeOf = ({ moduleId }: TestSpecification) =>
      longest.indexOf(relative(this.ctx.config.root, moduleId))
    const first = others.filter((file) => placeOf(file) >= 0).sort((a, b) => placeOf(a) - placeOf(b))
    return [...first, ...others.filter((file) => placeOf(file) < 0)]
  }
}
