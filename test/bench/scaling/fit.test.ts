import { expect, it } from 'vitest'
import { lineOf, readAndWake } from './fit.ts'

it('finds the line that points are on', () => {
  const points = [300, 12_000, 35_000].map((bytes) => ({ bytes, seconds: 10e-6 + bytes * 1e-9 }))
  const { fixed, perByte } = lineOf(points)
  expect(fixed).toBeCloseTo(10e-6, 12)
  expect(perByte).toBeCloseTo(1e-9, 15)
})

it('tells what a read costs from what waking up costs', () => {
  const spans = [
    { calls: 4000, wakes: 4000 },
    { calls: 16_000, wakes: 4000 },
    { calls: 52_000, wakes: 4000 },
  ].map((span) => ({ ...span, cpu: span.calls * 10e-6 + span.wakes * 15e-6 }))
  const { read, wake } = readAndWake(spans)
  expect(read).toBeCloseTo(10e-6, 12)
  expect(wake).toBeCloseTo(15e-6, 12)
})
