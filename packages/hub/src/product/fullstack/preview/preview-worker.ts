import { answerWithSdk } from '../../sdk-thread.ts'
import { decideAll, type DecideQuestion } from './decide-all.ts'

answerWithSdk(({ sdk, inside }, question) => {
  // Half the time of a decision goes into messages for a log that nobody reads here.
  const messages = inside('utils/LogMessageUtil') as { build: (template: string, data: object) => string }
  messages.build = () => ''
  return decideAll(sdk, question as DecideQuestion)
})
