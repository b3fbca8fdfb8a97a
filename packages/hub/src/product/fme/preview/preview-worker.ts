import type { SettingsFile } from '@vwo-hub/protocol/fme'
import { HubError } from '../../../errors.ts'
import { answerQuestions } from '../../inside-thread.ts'
import type { PreviewQuestion } from '../../judging.ts'
import { type PreviewOf, previewMoves } from '../../preview/preview-moves.ts'
import { workerBeside } from '../../thread.ts'
import { loadSdk, type LoadedSdk } from '../dry-run/load-sdk.ts'
import type { StartClient } from '../dry-run/start-client.ts'
import { format } from '../judge/format.ts'
import { createAccepts, segmentsWith } from '../segments.ts'
import { flowInNames } from './picked.ts'
import { type Comparison, planComparisons, withOnly } from './plan.ts'
import { populationsOf } from './populations.ts'

const fme: PreviewOf<SettingsFile, Comparison> = {
  format,
  plan: planComparisons,
  withOnly,
  populations(sdk, [previous, next]) {
    let loaded: LoadedSdk | undefined
    // Loaded when it is needed first: most changes are not of segments.
    const start: StartClient = async (file) => {
      loaded ??= loadSdk(sdk)
      if (!loaded.ok) throw new HubError('not-possible', `Cannot preview: ${loaded.why}.`)
      return await loaded.start(file)
    }
    const segments = segmentsWith(createAccepts(start, [...next.features, ...previous.features]))
    return (comparison) => populationsOf(comparison, segments)
  },
  side: workerBeside(import.meta.url, 'side-worker'),
}

answerQuestions(() => ({
  ok: true,
  async answer(question) {
    const preview = await previewMoves(fme, question as PreviewQuestion)
    const units = preview.units.map((unit) => ({ ...unit, populations: unit.populations.map(flowInNames) }))
    return { ...preview, units }
  },
}))
