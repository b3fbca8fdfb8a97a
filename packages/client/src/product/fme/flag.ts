import type { Flag, FlagVariable, FmeContext } from './fme-methods.ts'
import type { SdkFlag } from './sdk-models.ts'

/**
 * The SDK's flag in a form of its own: what it hands out are copies, or an app could change the settings for everybody.
 *
 * @param onUnknown - Told of a variable that was asked for and that an enabled flag does not have.
 */
export function flagOf(flag: SdkFlag, onUnknown: (key: string, known: readonly string[]) => void): Flag {
  const isOn = flag.isEnabled()
  // Those of one revision, which nothing changes: most flags are asked for nothing but whether they are on.
  let read: readonly FlagVariable[] | undefined
  const variables = (): readonly FlagVariable[] => (read ??= variablesOf(flag))
  const { variation } = flag as { readonly variation?: { readonly key?: unknown } }
  const variationKey = isOn && typeof variation?.key === 'string' ? variation.key : undefined
  const sessionId = flag.getSessionId?.() ?? nowInSeconds()
  const uuid = flag.getUUID?.() ?? null
  return {
    isEnabled: () => isOn,
    getVariable<T>(key: string, otherwise?: T): T | undefined {
      const found = variables().find((variable) => variable.key === key)
      if (found === undefined && isOn) {
        onUnknown(
          key,
          variables().map((variable) => variable.key),
        )
      }
      return found?.value === undefined ? otherwise : (copyOf(found.value) as T)
    },
    getVariables: () => variables().map((variable) => ({ ...variable, value: copyOf(variable.value) })),
    getVariationKey: () => variationKey,
    getSessionId: () => sessionId,
    getUUID: () => uuid,
  }
}

function variablesOf(flag: SdkFlag): readonly FlagVariable[] {
  return flag.getVariables().map((variable) => ({
    id: variable.id ?? variable.getId?.(),
    key: variable.key ?? variable.getKey?.(),
    type: variable.type ?? variable.getType?.(),
    value: variable.value === undefined ? variable.getValue?.() : variable.value,
  })) as FlagVariable[]
}

/** A flag that is off, as the SDK answers for what it does not know. */
export function offFlag({ sessionId }: Pick<FmeContext, 'sessionId'> = {}): Flag {
  return {
    isEnabled: () => false,
    getVariable: <T>(_key: string, otherwise?: T) => otherwise as T,
    getVariables: () => [],
    getVariationKey: () => undefined,
    getSessionId: () => sessionId ?? nowInSeconds(),
    getUUID: () => null,
  }
}

const nowInSeconds = (): number => Math.ceil(Date.now() / 1000)

function copyOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? structuredClone(value) : value
}
