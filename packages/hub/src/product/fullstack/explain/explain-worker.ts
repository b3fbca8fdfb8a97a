import { answerWithSdk } from '../../sdk-thread.ts'
import { decideAndTrace, type ExplainQuestion } from './decide-one.ts'

answerWithSdk((loaded, question) => decideAndTrace(loaded, question as ExplainQuestion))
