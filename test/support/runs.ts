/** Whether all is tried, as before a release. */
export const isEverything = process.env['ALL_RUNS'] === '1'

/**
 * How many examples a property is tried with. The suite tries others each time, and so a third of them does; all where
 * `ALL_RUNS=1` is set.
 *
 * @param all - As many as find a fault with near certainty.
 */
export const runs = (all: number): number => (isEverything ? all : Math.ceil(all / 3))
