import { forkChild } from './child.ts'
import { spreadOf } from './measure.ts'

/** What importing modules costs a fresh process with these options of Node, medians. */
export async function importCost(
  modules: readonly string[],
  options: readonly string[] = [],
): Promise<{ readonly ms: number; readonly rssMb: number }> {
  const runs: { ms: number; rssMb: number }[] = []
  for (let round = 0; round < 5; round += 1) {
    await using child = forkChild('fresh/import-cost.mjs', modules, { execArgv: ['--expose-gc', ...options] })
    runs.push(await child.next())
  }
  return {
    ms: spreadOf(runs.map(({ ms }) => ms)).p50,
    rssMb: spreadOf(runs.map(({ rssMb }) => rssMb)).p50,
  }
}
