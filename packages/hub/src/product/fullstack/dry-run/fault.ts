import { plainText } from '../../../text/plain-text.ts'

/**
 * Messages of the SDK's own begin with the name of a file: `(lib/api/activate): …`, or `(): …`. At level error most of
 * them tell the app that it asks for something that is not there. What an exception said comes without.
 *
 * @see vwo-sdk-log-messages 0.12 `src/error-messages.json`; vwo-node-sdk 1.73.0 `lib/VWO.js`, every `catch`
 */
const ownMessage = /^[({]+[\w./-]*[)}]+:? /

/** A segment that threw while it was evaluated; nobody is in it then. */
const segmentError = /Could not segment the User ID.*Error message: (.*)$/s

/**
 * In a group without weights the SDK gives each of n campaigns `floor(100 / n)` percent, and throws on the users in
 * the gap that is left (1 of 100 with three campaigns). It does so with every settings-file.
 *
 * @see vwo-node-sdk 1.73.0 `lib/utils/DecisionUtil.js` `_normalizeAndFindWinningCampaign`, `winnerCampaign.key`
 */
const groupGap = "Cannot read properties of null (reading 'key')"

/**
 * Finds what shows that decisions do not work.
 *
 * @param errors - What the SDK has logged at level error.
 * @param isGrouped - Whether it was about a campaign of a group.
 */
export function findFault(errors: readonly string[], isGrouped: boolean): string | undefined {
  for (const message of errors) {
    const segmentFault = segmentError.exec(message)?.[1]
    if (segmentFault !== undefined) return `the SDK cannot evaluate segments: ${plainText(segmentFault, 200)}`
    if (ownMessage.test(message) || (isGrouped && message === groupGap)) continue
    return `the SDK cannot decide: ${plainText(message, 200)}`
  }
  return undefined
}
