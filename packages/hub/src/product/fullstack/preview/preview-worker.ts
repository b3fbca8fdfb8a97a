import { answerQuestions } from '../../inside-thread.ts'
import type { PreviewQuestion } from '../../judging.ts'
import { type PreviewOf, previewMoves } from '../../preview/preview-moves.ts'
import { workerBeside } from '../../thread.ts'
import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import { loadEvaluator } from '../dry-run/load-sdk.ts'
import { format } from '../judge/format.ts'
import { type Comparison, planComparisons, withOnly } from './plan.ts'
import { populationsOf } from './populations.ts'

const fullstack: PreviewOf<SettingsFile, Comparison> = {
  format,
  plan: planComparisons,
  withOnly,
  populations(sdk) {
    const evaluate = loadEvaluator(sdk)
    return (comparison) => populationsOf(comparison, evaluate)
  },
  side: workerBeside(import.meta.url, 'side-worker'),
}

answerQuestions(() => ({
  ok: true,
  answer: (question) => previewMoves(fullstack, question as PreviewQuestion),
}))
