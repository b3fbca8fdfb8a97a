/**
 * What the admin API answers, as JSON Schema. A test holds real answers against it.
 *
 * @module
 */
import { CANDIDATE_KINDS } from '../../environment/stored-candidate.ts'
import { NODE_STATES } from '../../environment/read-nodes.ts'
import { REFRESH_OUTCOMES } from '../../operate/request-refresh.ts'

/** A JSON Schema of 2020-12, as OpenAPI 3.1 takes it. */
export type Schema = Readonly<Record<string, unknown>>

export const text: Schema = { type: 'string' }
export const time: Schema = { type: 'string', format: 'date-time' }
export const count: Schema = { type: 'integer', minimum: 0 }
const revision: Schema = {
  type: 'integer',
  minimum: 0,
  description: 'Unix milliseconds of the publication, or one more than the revision before.',
}
/** A settings-file that somebody has named. */
export const named: Schema = {
  anyOf: [revision, { enum: CANDIDATE_KINDS }],
  description: '`held` or `waiting` where what VWO has and is not published was asked for.',
}
/** How many units; the name is older than the second product. */
export const units: Schema = {
  ...count,
  description: 'How many units: campaigns of FullStack, features of FME.',
}
/** The key of a unit. */
export const unit: Schema = { ...text, description: 'A unit: a campaign of FullStack, a feature of FME.' }
/** What something is a settings-file of. */
export const product: Schema = {
  ...text,
  description: 'What it is a settings-file of: `fullstack` or `fme`.',
}
const sha256: Schema = { type: 'string', pattern: '^[0-9a-f]{64}$' }
const milliseconds: Schema = { type: 'number', minimum: 0 }

export function schema(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` }
}

export function listOf(items: Schema): Schema {
  return { type: 'array', items }
}

/** @param optional - What may be absent, besides what has to be there. */
export function object(required: Record<string, Schema>, optional: Record<string, Schema> = {}): Schema {
  return { type: 'object', required: Object.keys(required), properties: { ...required, ...optional } }
}

const statusFields = {
  environment: text,
  now: { ...time, description: "By Redis' clock: ages are counted from here." },
  refresh: schema('Refresh'),
  hubs: listOf(schema('Hub')),
  audit: { ...listOf(schema('AuditEntry')), description: 'The last ten events, newest first.' },
}

const spreadFields = {
  environment: text,
  now: time,
  current: { ...count, description: 'How many of those that are read have the newest revision.' },
  total: {
    ...count,
    description: 'How many have reported; at most 2,000 of them are read, those seen last.',
  },
}
const spreadOptional = { revision, publishedAt: time, lag: schema('Lag') }

/** How many nodes are in each state. */
export const byState = Object.fromEntries(NODE_STATES.map((name) => [name, count]))

export const schemas: Readonly<Record<string, Schema>> = {
  Error: object({ error: object({ code: text, message: text }) }),
  RevisionMeta: object(
    {
      revision,
      sha256,
      bytes: count,
      campaigns: units,
      publishedAt: time,
      fetchedAt: time,
      checkedAt: { ...time, description: 'The last time that VWO was asked and answered well.' },
      trigger: text,
      accountId: text,
      product,
      protocol: count,
      sdk: text,
    },
    {
      contentOf: { ...revision, description: 'Whose content this is. Only after a rollback.' },
      pinnedUntil: { ...time, description: 'Until then nothing new is published. Only while pinned.' },
      waiting: { ...text, description: 'What VWO has instead would change this. Only while pinned.' },
      waitingSha256: sha256,
      held: { ...text, description: 'Why what VWO has is held back. Only while it is.' },
      heldSha256: sha256,
      heldSince: time,
      heldUntil: { ...time, description: 'Then it is released by itself.' },
      warningCount: {
        ...count,
        description: 'How much is wrong with it that the SDK survives. Only where something is.',
      },
      warnings: { ...listOf(text), description: 'The first of it, in words.' },
    },
  ),
  Environment: object({ name: text, accountId: text }, { current: schema('RevisionMeta') }),
  EnvironmentStatus: object(
    { accountId: text, ...statusFields },
    {
      damaged: { ...listOf(text), description: 'What holds what no hub writes. Only where something does.' },
      current: { ...schema('RevisionMeta'), description: 'Absent while nothing is published.' },
      takesNoWrites: {
        ...text,
        description: 'What Redis says to who writes. Only while it takes no writes.',
      },
    },
  ),
  Refresh: object(
    {
      requested: { ...count, description: 'A fetch is due while this is higher than completed.' },
      completed: count,
      fruitless: { ...count, description: 'Fetches in a row that brought nothing new.' },
    },
    { owner: text, leaseUntil: time, lastFetchAt: time, notBefore: time, trigger: text },
  ),
  Hub: object(
    { id: text, state: text, startedAt: time, host: text, pid: count, version: text, revision },
    { lastFetch: object({ at: time, result: text, message: text }) },
  ),
  AuditEntry: object(
    { id: text, at: time, what: text, summary: text },
    { revision, trigger: text, campaigns: units, contentOf: revision, as: text, reason: text },
  ),
  Revision: object(
    {
      revision,
      isCurrent: { type: 'boolean' },
      isListed: {
        type: 'boolean',
        description: 'False for what is live where Redis has lost the list of kept revisions.',
      },
      publishedAt: time,
      bytes: count,
    },
    {
      campaigns: units,
      ...{ product, trigger: text, summary: text, contentOf: revision, as: text, reason: text },
      spread: {
        ...object({ nodes: count, p50Ms: count, p95Ms: count, maxMs: count }),
        description:
          'How long it took to the nodes that ran when it was published, in milliseconds, where a hub has seen that.',
      },
    },
  ),
  Diff: object({
    environment: text,
    from: named,
    to: named,
    isSame: { type: 'boolean' },
    summary: text,
    changes: listOf(
      object({
        subject: {
          ...text,
          description: 'The key of a campaign or feature, "group <name>", or "settings-file".',
        },
        kind: { enum: ['added', 'changed', 'removed'] },
        text,
      }),
    ),
  }),
  Moves: object(
    {
      environment: text,
      from: named,
      to: named,
      users: { ...count, description: 'How many users were decided for.' },
      campaigns: listOf(
        object({
          campaign: unit,
          kind: { enum: ['added', 'changed', 'removed'] },
          populations: listOf(
            object(
              {
                fits: {
                  enum: ['all', 'both', 'before', 'after', 'neither', 'given'],
                  description:
                    'Whom its segment accepts: all, both before and after, one of them alone, neither. Of FME all, and `with` says whose segments they fit.',
                },
                users: { ...count, description: 'How many of this kind were decided for.' },
                enter: count,
                leave: count,
                change: count,
                flows: listOf(object({ users: count }, { from: text, to: text })),
              },
              { with: { ...text, description: 'What tells them from others of whom the same is true.' } },
            ),
          ),
          unknown: listOf({
            enum: ['all', 'both', 'before', 'after', 'neither', 'given', 'listed', 'heldOut'],
            description:
              'Kinds of users of whom none could be made. Of FME `heldOut` where holdouts changed, by which SDKs decide since 1.39, and the hub does not.',
          }),
        }),
      ),
    },
    { undecided: { ...count, description: 'How many more there was no time for.' } },
  ),
  Lag: object({ nodes: count, p50Ms: milliseconds, p95Ms: milliseconds, maxMs: milliseconds }),
  Node: object(
    {
      id: text,
      state: {
        enum: NODE_STATES,
        description: '`ahead`: with a revision that Redis has not; `invalid`: what it reports cannot be.',
      },
      revision: { ...revision, description: '0 while it has no settings.' },
      seenAt: time,
      host: text,
      pid: count,
      sdk: text,
      client: text,
    },
    { appliedAt: time, lagMs: milliseconds, behindSince: time },
  ),
  Propagation: object({ ...spreadFields, nodes: listOf(schema('Node')) }, spreadOptional),
  Spread: object(
    {
      ...spreadFields,
      states: object(byState),
    },
    spreadOptional,
  ),
  Unreachable: object({ since: time, reason: text }),
  Asked: object({
    environment: text,
    ticket: { ...count, description: 'Done once completed has reached it.' },
  }),
  Refreshed: object(
    { environment: text, ticket: count, outcome: { enum: [...REFRESH_OUTCOMES] }, message: text },
    { revision },
  ),
  RolledBack: object(
    { environment: text, revision, contentOf: revision, summary: text },
    { pinnedUntil: time },
  ),
  ByHand: object({ environment: text, revision, summary: text }, { pinnedUntil: time }),
  Pinned: object({ environment: text, pinnedUntil: time }),
  Unpinned: object({ environment: text, ticket: count, pinnedUntil: time }),
  Released: object({ environment: text, ticket: count, sha256 }),
}
