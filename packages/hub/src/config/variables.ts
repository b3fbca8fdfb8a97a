import type { z } from 'zod'
import { HubError, messageOf } from '../errors.ts'
import { plainText } from '../text/plain-text.ts'

export type Env = Readonly<Record<string, string | undefined>>
export type ReadFile = (path: string) => string

/** Environment variables, read one by one; what is wrong with them is collected until {@link Variables.close}. */
export interface Variables {
  /** The text of a variable; undefined when it is unset, empty, or tells where a Service of Kubernetes is. */
  text(name: string): string | undefined
  /** The text of a secret: of the variable, or of the file that `…_FILE` names. */
  secretText(name: string): string | undefined
  /** A value; the fallback when it is unset, and when it is faulty, so that reading can go on. */
  value<T, F>(name: string, schema: z.ZodType<T, string>, fallback: F): T | F
  /** The same for a secret: a fault tells its length alone. */
  secret<T, F>(name: string, schema: z.ZodType<T, string>, fallback: F): T | F
  isSet(name: string): boolean
  /** Whether a secret, or its `…_FILE`, is set. */
  isSecretSet(name: string): boolean
  readFile(path: string): string
  fault(text: string): void
  warn(text: string): void
  /** Warns of every set variable that begins like this and has not been asked for: it is most likely misspelt. */
  warnOfUnknown(beginnings: readonly string[]): void
  /**
   * Ends the reading.
   *
   * @returns The warnings.
   * @throws {@link HubError} `config-invalid` with every fault.
   */
  close(): string[]
}

const serviceName =
  /_(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z\d_]+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)$/
const link = /^(?:tcp|udp|sctp):\/\/\S+:\d+$/

/**
 * Whether a variable tells where a Service is, by its name, or, where that could be one of ours, by its value: Kubernetes puts
 * them into every pod for each Service of its namespace, and Docker for a link. For one named `hub` they are
 * `HUB_PORT=tcp://10.96.12.3:8080`, `HUB_SERVICE_HOST` and some more. Nobody meant them for us.
 */
function isServiceVariable(variable: string, value: string): boolean {
  return serviceName.test(variable) || (variable.endsWith('_PORT') && link.test(value))
}

/** Longer values are not repeated in faults: one that landed in the wrong variable may be a secret. */
const LONGEST_SHOWN = 8

export function openVariables(env: Env, readFile: ReadFile): Variables {
  const faults: string[] = []
  const warnings: string[] = []
  const known = new Set<string>()

  const text = (name: string): string | undefined => {
    known.add(name)
    const value = env[name]?.trim() ?? ''
    return value === '' || isServiceVariable(name, value) ? undefined : value
  }

  const secretText = (name: string): string | undefined => {
    const [value, path] = [text(name), text(`${name}_FILE`)]
    if (path === undefined) return value
    if (value !== undefined) {
      faults.push(`${name}: expected either it or ${name}_FILE, got both.`)
      return value
    }
    try {
      const content = readFile(path).trim()
      if (content !== '') return content
      faults.push(`${name}_FILE: expected a file with a secret in it, got an empty one.`)
    } catch (error) {
      faults.push(`${name}_FILE: cannot read the file: ${reasonOf(error)}.`)
    }
    return undefined
  }

  function read<T, F>(
    name: string,
    given: string | undefined,
    schema: z.ZodType<T, string>,
    fallback: F,
    show: (text: string) => string,
  ): T | F {
    if (given === undefined) return fallback
    const { data, error } = schema.safeParse(given)
    if (error === undefined) return data
    faults.push(`${name}: expected ${expectationOf(error)}, got ${show(given)}.`)
    return fallback
  }

  return {
    text,
    secretText,
    value: (name, schema, fallback) => read(name, text(name), schema, fallback, shown),
    secret: (name, schema, fallback) => read(name, secretText(name), schema, fallback, hidden),
    isSet: (name) => text(name) !== undefined,
    isSecretSet: (name) => text(name) !== undefined || text(`${name}_FILE`) !== undefined,
    readFile,
    fault: (fault) => void faults.push(fault),
    warn: (warning) => void warnings.push(warning),
    warnOfUnknown(beginnings) {
      for (const name of Object.keys(env).sort()) {
        if (known.has(name) || !beginnings.some((beginning) => name.startsWith(beginning))) continue
        if (isServiceVariable(name, env[name] ?? '')) continue
        warnings.push(`${plainText(name, 60)}: there is no such variable; it is ignored. Is it misspelt?`)
      }
    },
    close() {
      if (faults.length > 0) {
        const list = faults.map((fault) => `\n  ${fault}`).join('')
        throw new HubError('config-invalid', `The configuration cannot work, nothing was started:${list}`)
      }
      return warnings
    },
  }
}

/** What a schema of `values.ts` expected. */
export function expectationOf(error: z.ZodError): string {
  return error.issues.map(({ message }) => message).join('; ')
}

/** A faulty value, for the end of a sentence. */
export function shown(text: string): string {
  return text.length > LONGEST_SHOWN ? hidden(text) : JSON.stringify(plainText(text))
}

/** A faulty secret, for the end of a sentence. */
export function hidden(text: string): string {
  return `${text.length} characters`
}

export function reasonOf(error: unknown): string {
  return plainText(messageOf(error), 200)
}
