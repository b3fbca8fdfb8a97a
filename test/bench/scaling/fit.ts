import type { Line } from './model.ts'

export interface Point {
  readonly bytes: number
  readonly seconds: number
}

/** Least squares; a slope or an intercept below nothing is noise. */
export function lineOf(points: readonly Point[]): Line {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length
  const [bytes, seconds] = [
    mean(points.map((point) => point.bytes)),
    mean(points.map((point) => point.seconds)),
  ]
  const covariance = mean(points.map((point) => (point.bytes - bytes) * (point.seconds - seconds)))
  const variance = mean(points.map((point) => (point.bytes - bytes) ** 2))
  const perByte = Math.max(0, covariance / variance)
  return { fixed: Math.max(0, seconds - perByte * bytes), perByte }
}

/** Seconds of CPU are calls times one cost and wake-ups times another: by least squares over all paces. */
export function readAndWake(spans: readonly { calls: number; wakes: number; cpu: number }[]): {
  read: number
  wake: number
} {
  const sum = (term: (span: (typeof spans)[number]) => number): number =>
    spans.reduce((total, span) => total + term(span), 0)
  const [cc, cw, ww] = [
    sum(({ calls }) => calls * calls),
    sum(({ calls, wakes }) => calls * wakes),
    sum(({ wakes }) => wakes * wakes),
  ]
  const [cy, wy] = [sum(({ calls, cpu }) => calls * cpu), sum(({ wakes, cpu }) => wakes * cpu)]
  const determinant = cc * ww - cw * cw
  return { read: (cy * ww - wy * cw) / determinant, wake: Math.max(0, (wy * cc - cy * cw) / determinant) }
}
