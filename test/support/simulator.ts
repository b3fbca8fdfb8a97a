import { startVwoSimulator, type VwoSimulatorOptions } from '@vwo-hub/sandbox'
import { onTestFinished } from 'vitest'

/** What the simulator serves unless told otherwise. */
export const settingsFile = { version: 1, accountId: 7, campaigns: [], groups: {} }

/** What the SDK asks with. */
export const query = '?a=7&i=key&r=0.5&platform=server&sdk=vwo-node-sdk&sdk-v=1.73.0'

/** A simulated VWO for the test that calls this. */
export async function startSimulator(options: Partial<VwoSimulatorOptions> = {}) {
  const simulator = await startVwoSimulator({
    settingsFile,
    accountId: 7,
    sdkKey: 'key',
    retry: { minMs: 1, maxMs: 5 },
    ...options,
  })
  onTestFinished(simulator.close)
  return simulator
}
