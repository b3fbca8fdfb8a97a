import { afterAll, beforeAll, describe } from 'vitest'
import { type Contract, openContract } from './contract.ts'
import { actContract } from './contract-of-acts.ts'
import { leaseContract } from './contract-of-leases.ts'
import { minuteContract } from './contract-of-minutes.ts'
import { outageContract } from './contract-of-outages.ts'
import { publishContract } from './contract-of-publishing.ts'
import { readContract } from './contract-of-reading.ts'
import { topologies } from './topologies.ts'

for (const { name, start } of topologies) {
  describe(`an environment in ${name}`, () => {
    let contract: Contract
    beforeAll(async () => {
      contract = await openContract(await start())
    })
    afterAll(() => contract.close())

    for (const register of [
      publishContract,
      leaseContract,
      actContract,
      readContract,
      minuteContract,
      outageContract,
    ]) {
      register(() => contract, { canFailOver: !name.endsWith('standalone') })
    }
  })
}
