/**
 * What each command writes with `--json`, as JSON Schema. What the admin API tells too is the same, to the letter. A test holds
 * real outputs against it.
 *
 * @module
 */
import {
  byState,
  count,
  listOf,
  named,
  object,
  product,
  schema,
  type Schema,
  schemas,
  text,
  time,
  unit,
  units,
} from '../http/description/schemas.ts'
import { REFRESH_OUTCOMES } from '../operate/request-refresh.ts'

const flag: Schema = { type: 'boolean' }
const anything: Schema = {}

const condition = object({
  kind: { ...text, description: 'For a program to branch on.' },
  tone: { enum: ['good', 'busy', 'warn', 'bad', 'none'] },
  label: text,
  sentence: text,
})
const outcome = { outcome: { enum: [...REFRESH_OUTCOMES] }, ticket: count, message: text }
const moves = fieldsOf('Moves')['campaigns'] ?? anything
const {
  accountId: _account,
  current = anything,
  damaged = anything,
  takesNoWrites = anything,
  ...always
} = fieldsOf('EnvironmentStatus')

/** By the name of the command; `error` is what each of them writes where it fails. */
export const outputSchemas: Readonly<Record<string, Schema>> = {
  error: schema('Error'),
  environments: object({
    environments: listOf(object({ environment: text, verdict: condition }, { revision: count })),
  }),
  status: object(
    {
      ...always,
      verdict: { ...condition, description: 'The worst of `conditions`.' },
      conditions: { ...listOf(condition), description: 'All that is to be said, the worst first.' },
      nodes: object({ total: count, ...byState }),
      exitCode: { enum: [0, 1] },
    },
    { current, damaged, takesNoWrites },
  ),
  nodes: schema('Propagation'),
  watch: {
    description: 'One a line.',
    oneOf: [
      line('audit', ...fieldsBoth('AuditEntry')),
      line(
        'nodes',
        { current: count, total: count },
        { revision: count, publishedAt: time, lag: schema('Lag') },
      ),
      line('hubs', { hubs: listOf(schema('Hub')) }),
      line('redis', { isReachable: flag }, { message: { ...text, description: 'Why it is not.' } }),
    ],
  },
  history: object({ environment: text, revisions: listOf(schema('Revision')) }),
  show: object({ environment: text, revision: named, settings: { type: 'object' } }),
  diff: {
    type: 'object',
    required: schemas['Diff']?.['required'],
    properties: {
      ...fieldsOf('Diff'),
      preview: object({ users: count, campaigns: moves }, { undecided: count }),
    },
  },
  preview: object(
    { environment: text, product, ok: flag },
    { from: text, to: text, users: count, undecided: count, campaigns: moves, message: text },
  ),
  explain: object({
    ...{ environment: text, product, revision: named, campaign: unit, user: text },
    ...{ isIn: flag, isConsistent: flag },
    decision: { type: 'object' },
    steps: listOf(object({ step: text, isPassed: flag, text, details: listOf(text) })),
  }),
  doctor: object({
    isFine: flag,
    findings: listOf(
      object(
        { check: text, state: { enum: ['ok', 'warning', 'failure', 'skipped'] }, text },
        { environment: text, remedy: text },
      ),
    ),
  }),
  check: object(
    { ok: flag, product },
    {
      ...{ accountId: text, campaigns: units, bytes: count, sha256: text },
      ...{ warningCount: count, warnings: listOf(text), message: text },
    },
  ),
  refresh: schema('Refreshed'),
  rollback: schema('RolledBack'),
  pin: schema('Pinned'),
  unpin: object({ environment: text, pinnedUntil: time, ...outcome }, { revision: count }),
  release: object({ environment: text, sha256: text, ...outcome }, { revision: count }),
  adopt: object({ environment: text, ...outcome }, { revision: count }),
  types: object({
    environment: text,
    revision: named,
    types: { ...text, description: 'The file, in TypeScript.' },
  }),
  publish: schema('ByHand'),
  stop: schema('ByHand'),
}

/** What `watch` writes of one kind of news. */
function line(type: string, fields: Record<string, Schema>, optional: Record<string, Schema> = {}): Schema {
  return object({ type: { const: type }, at: time, ...fields }, optional)
}

/** Of a schema by name: what is always there, and what may be. */
function fieldsBoth(name: string): [always: Record<string, Schema>, optional: Record<string, Schema>] {
  const required = new Set(schemas[name]?.['required'] as string[] | undefined)
  const [least, optional] = [true, false].map((isRequired) =>
    Object.fromEntries(
      Object.entries(fieldsOf(name)).filter(([field]) => required.has(field) === isRequired),
    ),
  )
  return [least ?? {}, optional ?? {}]
}

function fieldsOf(name: string): Record<string, Schema> {
  return (schemas[name]?.['properties'] ?? {}) as Record<string, Schema>
}

/** One JSON Schema by itself. @param name - Of a command, or `error`. */
export function outputSchemaOf(name: string): object | undefined {
  const found = outputSchemas[name]
  return (
    found && { $schema: 'https://json-schema.org/draft/2020-12/schema', ...found, components: { schemas } }
  )
}
