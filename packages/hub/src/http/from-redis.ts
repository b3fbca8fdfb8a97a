import { HubError } from '../errors.ts'
import { isOfRedis, reasonOf } from '../environment/answers.ts'

/** Runs what needs Redis. @throws {@link HubError} its own, `redis-unreachable` for what Redis said; a fault of ours as it is. */
export async function fromRedis<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof HubError || !isOfRedis(error)) throw error
    throw new HubError(
      'redis-unreachable',
      `Redis does not answer (${reasonOf(error)}). Settings are still served from this hub's memory.`,
      { cause: error },
    )
  }
}
