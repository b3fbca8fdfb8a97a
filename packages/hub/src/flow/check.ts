import { HubError } from '../errors.ts'
import type { Accepted, Candidate, Judging } from '../product/product.ts'

/**
 * Has a settings-file judged, on whose word nothing is published that does not work.
 *
 * @param environment - Named in messages.
 * @throws {@link HubError} `settings-refused`, naming the place and never a secret; `config-invalid` when there is no
 *   SDK to try it with; `closed`.
 */
export async function check(
  judging: Pick<Judging, 'judge'>,
  environment: string,
  candidate: Candidate,
): Promise<Accepted> {
  const verdict = await judging.judge(candidate)
  if (verdict.ok) return verdict
  throw new HubError(
    'settings-refused',
    `Settings of "${environment}" refused: ${verdict.why}. They are not published.`,
  )
}
