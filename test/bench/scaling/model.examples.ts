import type { Deployment, UnitCosts } from './model.ts'

/** Round numbers, so that a person can follow. */
export const costs: UnitCosts = {
  idle: 0,
  read: 10e-6,
  wake: 10e-6,
  report: 40e-6,
  connect: 100e-6,
  ask: 50e-6,
  list: 5e-6,
  deliver: { fixed: 10e-6, perByte: 1e-9 },
  copyShare: 0.5,
  get: { fixed: 20e-6, perByte: 1e-9 },
  memoryPerConnection: 20_000,
  memoryPerReport: 400,
  readBytes: 100,
  reportBytes: 100,
  connectBytes: 5000,
}

export const standalone: Deployment = {
  nodes: 1000,
  settingsBytes: 10_000,
  compression: 0.2,
  escaping: 1.2,
  updatesPerHour: 0,
  checkIntervalSeconds: 2,
  isReporting: false,
  hubs: 0,
  scrapeSeconds: 15,
  networkBytesPerSecond: 125e6,
  topology: { kind: 'standalone' },
}
