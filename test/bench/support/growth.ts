/** One measured point of a growth. */
export interface Point {
  readonly x: number
  readonly y: number
}

/**
 * The exponent `k` of the `y = c · x^k` that fits best: 1 is linear, 2 quadratic. A cost that is there for nothing makes
 * it smaller, so look at {@link lastSlopeOf} as well.
 */
export function exponentOf(points: readonly Point[]): number {
  const logs = points.map(({ x, y }) => ({ x: Math.log(x), y: Math.log(y) }))
  const meanX = logs.reduce((sum, { x }) => sum + x, 0) / logs.length
  const meanY = logs.reduce((sum, { y }) => sum + y, 0) / logs.length
  const covariance = logs.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0)
  const variance = logs.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0)
  return covariance / variance
}

/** The exponent between the last two points, where what grows matters most. */
export const lastSlopeOf = (points: readonly Point[]): number => exponentOf(points.slice(-2))
