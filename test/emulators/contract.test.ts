import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'
import { parseFault } from '../../src/emulators/flags.ts'
import { type Answer, type Call, caller, create, emulate } from './client.ts'

/**
 * Every kind of answer is held against OpenRouter's published OpenAPI document. The document is not part of the repository: the variable
 * KEYWRIGHT_OPENAPI says where it lies. A status that the document does not list for an operation counts as a failure.
 */
const documentPath = process.env.KEYWRIGHT_OPENAPI
const isMissing = documentPath === undefined || documentPath === ''

interface Operation {
  readonly responses: Record<string, { schema: object }>
}

interface PublishedDocument {
  readonly paths: Record<string, Record<string, Operation>>
  readonly components: object
}

type Validator = typeof import('openapi-response-validator', { with: { 'resolution-mode': 'require' }})

const { default: ResponseValidator } = createRequire(import.meta.url)('openapi-response-validator') as Validator
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/
const customFormats = {
  uuid: (text: string) => UUID.test(text),
  'date-time': (text: string) => DATE_TIME.test(text) && !Number.isNaN(Date.parse(text)),
}

const validators = new Map<string, InstanceType<typeof ResponseValidator>>()

/** Compiled once per operation ("GET /keys"); throws when the document does not have it. */
function validatorOf(operation: string): InstanceType<typeof ResponseValidator> {
  const known = validators.get(operation)
  if (known !== undefined) return known
  const document = JSON.parse(readFileSync(String(documentPath), 'utf8')) as PublishedDocument
  const [method = '', path = ''] = operation.split(' ')
  const found = document.paths[path]?.[method.toLowerCase()]
  if (found === undefined) throw new Error(`the document has no ${operation}`)
  const components = document.components as NonNullable<
    ConstructorParameters<typeof ResponseValidator>[0]['components']
  >
  const made = new ResponseValidator({ responses: found.responses, components, customFormats })
  validators.set(operation, made)
  return made
}

/** What the document has against an answer; an empty list when nothing. */
function violations(operation: string, { status, body }: Pick<Answer, 'status' | 'body'>): readonly unknown[] {
  return validatorOf(operation).validateResponse(String(status), body)?.errors ?? []
}

const NOBODY = `/keys/${'0'.repeat(64)}`
const NOWHERE = '00000000-0000-4000-8000-000000000000'

/** What to send, as whom (the management key unless said), with which fault; `path` where it is not the operation's own. */
interface Exchange {
  readonly operation: string
  readonly status: number
  readonly path?: string
  readonly body?: unknown
  readonly as?: 'nobody' | 'inference'
  readonly fault?: string
  readonly quota?: number
}

function titleOf({ operation, status, path, as, fault, quota }: Exchange): string {
  const details = [path, as && `as ${as}`, fault && `with ${fault}`, quota && 'over quota'].filter(Boolean)
  return [`${operation} ${status}`, ...details].join(' ')
}

/** One row per operation and status, several where the answer has several reasons. */
const EXCHANGES: readonly Exchange[] = [
  { operation: 'GET /key', status: 200 },
  { operation: 'GET /key', status: 200, as: 'inference' },
  { operation: 'GET /key', status: 401, as: 'nobody' },
  { operation: 'GET /key', status: 500, fault: 'error-after-commit' },
  { operation: 'GET /keys', status: 200 },
  { operation: 'GET /keys', status: 200, fault: 'extra-fields' },
  { operation: 'GET /keys', status: 200, path: '/keys?offset=1000&include_disabled=true' },
  { operation: 'GET /keys', status: 400, path: '/keys?offset=-1' },
  { operation: 'GET /keys', status: 400, path: `/keys?workspace_id=${NOWHERE}` },
  { operation: 'GET /keys', status: 401, as: 'nobody' },
  { operation: 'GET /keys', status: 401, as: 'inference' },
  { operation: 'GET /keys', status: 429, fault: 'rate-limit' },
  { operation: 'GET /keys', status: 500, fault: 'error-after-commit' },
  {
    operation: 'POST /keys',
    status: 201,
    body: { name: 'x', limit: 1.5, limit_reset: 'daily', expires_at: '2030-01-01T00:00:00Z' },
  },
  { operation: 'POST /keys', status: 400, body: {} },
  { operation: 'POST /keys', status: 401, as: 'nobody' },
  { operation: 'POST /keys', status: 403, as: 'inference' },
  { operation: 'POST /keys', status: 429, fault: 'rate-limit-retry-after' },
  { operation: 'POST /keys', status: 429, body: { name: 'x' }, quota: 1 },
  { operation: 'POST /keys', status: 500, fault: 'error-after-commit' },
  { operation: 'GET /keys/{hash}', status: 200 },
  { operation: 'GET /keys/{hash}', status: 401, as: 'nobody' },
  { operation: 'GET /keys/{hash}', status: 401, as: 'inference' },
  { operation: 'GET /keys/{hash}', status: 404, path: NOBODY },
  { operation: 'GET /keys/{hash}', status: 429, fault: 'rate-limit' },
  { operation: 'GET /keys/{hash}', status: 500, fault: 'error-after-commit' },
  { operation: 'PATCH /keys/{hash}', status: 200, body: { limit: null, disabled: true } },
  { operation: 'PATCH /keys/{hash}', status: 400, body: { name: null } },
  { operation: 'PATCH /keys/{hash}', status: 401, as: 'nobody' },
  { operation: 'PATCH /keys/{hash}', status: 404, path: NOBODY, body: {} },
  { operation: 'PATCH /keys/{hash}', status: 429, fault: 'rate-limit' },
  { operation: 'PATCH /keys/{hash}', status: 500, fault: 'error-after-commit' },
  { operation: 'DELETE /keys/{hash}', status: 200 },
  { operation: 'DELETE /keys/{hash}', status: 401, as: 'nobody' },
  { operation: 'DELETE /keys/{hash}', status: 404, path: NOBODY },
  { operation: 'DELETE /keys/{hash}', status: 429, quota: 1 },
  { operation: 'DELETE /keys/{hash}', status: 500, fault: 'error-after-commit' },
  { operation: 'GET /workspaces', status: 200 },
  { operation: 'GET /workspaces', status: 401, as: 'nobody' },
  { operation: 'GET /workspaces', status: 500, fault: 'error-after-commit' },
  { operation: 'GET /workspaces/{id}', status: 200 },
  { operation: 'GET /workspaces/{id}', status: 401, as: 'nobody' },
  { operation: 'GET /workspaces/{id}', status: 404, path: '/workspaces/nowhere' },
  { operation: 'GET /workspaces/{id}', status: 500, fault: 'error-after-commit' },
  { operation: 'POST /workspaces', status: 201, body: { name: 'x', slug: 'x', description: 'y' } },
  { operation: 'POST /workspaces', status: 400, body: { name: 'x', slug: 'default' } },
  { operation: 'POST /workspaces', status: 401, as: 'nobody' },
  { operation: 'POST /workspaces', status: 500, fault: 'error-after-commit' },
  { operation: 'DELETE /workspaces/{id}', status: 200, path: '/workspaces/research' },
  { operation: 'DELETE /workspaces/{id}', status: 401, as: 'nobody' },
  { operation: 'DELETE /workspaces/{id}', status: 403 },
  { operation: 'DELETE /workspaces/{id}', status: 404, path: '/workspaces/nowhere' },
  { operation: 'GET /workspaces/{id}/budgets', status: 200 },
  { operation: 'GET /workspaces/{id}/budgets', status: 404, path: '/workspaces/research/budgets' },
  { operation: 'GET /workspaces/{id}/budgets/{interval}', status: 200 },
  { operation: 'GET /workspaces/{id}/budgets/{interval}', status: 400, path: '/workspaces/default/budgets/hourly' },
  { operation: 'GET /workspaces/{id}/budgets/{interval}', status: 404, path: '/workspaces/default/budgets/daily' },
  { operation: 'PUT /workspaces/{id}/budgets/{interval}', status: 200, body: { limit_usd: 9 } },
  {
    operation: 'PUT /workspaces/{id}/budgets/{interval}',
    status: 200,
    path: '/workspaces/default/budgets/lifetime',
    body: { limit_usd: 99, include_byok_in_budgets: true },
  },
  { operation: 'PUT /workspaces/{id}/budgets/{interval}', status: 400, body: { limit_usd: 0 } },
  { operation: 'DELETE /workspaces/{id}/budgets/{interval}', status: 200 },
  { operation: 'GET /guardrails', status: 200 },
  { operation: 'GET /guardrails', status: 200, fault: 'extra-fields' },
  { operation: 'GET /guardrails', status: 400, path: '/guardrails?limit=101' },
  { operation: 'GET /guardrails', status: 401, as: 'nobody' },
  { operation: 'GET /guardrails', status: 500, fault: 'error-after-commit' },
  {
    operation: 'POST /guardrails',
    status: 201,
    body: {
      name: 'x',
      limit_usd: 2.5,
      reset_interval: 'daily',
      allowed_models: ['a/b'],
      content_filters: [{ pattern: 'x', action: 'redact' }],
      content_filter_builtins: [{ slug: 'email', action: 'block' }],
      enforce_zdr: true,
    },
  },
  { operation: 'POST /guardrails', status: 400, body: { name: 'x', limit_usd: 2.5 } },
  { operation: 'POST /guardrails', status: 401, as: 'inference' },
  { operation: 'POST /guardrails', status: 500, fault: 'error-after-commit' },
  { operation: 'GET /guardrails/{id}', status: 200 },
  { operation: 'GET /guardrails/{id}', status: 401, as: 'nobody' },
  { operation: 'GET /guardrails/{id}', status: 404, path: `/guardrails/${NOWHERE}` },
  { operation: 'PATCH /guardrails/{id}', status: 200, body: { name: 'y', limit_usd: null, reset_interval: null } },
  { operation: 'PATCH /guardrails/{id}', status: 400, body: { name: '' } },
  { operation: 'PATCH /guardrails/{id}', status: 404, path: `/guardrails/${NOWHERE}`, body: {} },
  { operation: 'DELETE /guardrails/{id}', status: 200 },
  { operation: 'DELETE /guardrails/{id}', status: 401, as: 'nobody' },
  { operation: 'DELETE /guardrails/{id}', status: 404, path: `/guardrails/${NOWHERE}` },
  { operation: 'GET /guardrails/assignments/keys', status: 200 },
  { operation: 'GET /guardrails/assignments/keys', status: 401, as: 'inference' },
  { operation: 'GET /guardrails/{id}/assignments/keys', status: 200 },
  { operation: 'GET /guardrails/{id}/assignments/keys', status: 404, path: `/guardrails/${NOWHERE}/assignments/keys` },
  { operation: 'POST /guardrails/{id}/assignments/keys', status: 200, body: { key_hashes: ['x'] } },
  { operation: 'POST /guardrails/{id}/assignments/keys', status: 400, body: { key_hashes: [] } },
  { operation: 'POST /guardrails/{id}/assignments/keys', status: 401, as: 'nobody' },
  {
    operation: 'POST /guardrails/{id}/assignments/keys',
    status: 404,
    path: `/guardrails/${NOWHERE}/assignments/keys`,
    body: { key_hashes: ['x'] },
  },
  { operation: 'POST /guardrails/{id}/assignments/keys', status: 500, fault: 'error-after-commit' },
  { operation: 'POST /guardrails/{id}/assignments/keys/remove', status: 200, body: { key_hashes: ['x'] } },
  { operation: 'POST /guardrails/{id}/assignments/keys/remove', status: 400, body: {} },
]

/** Gives the key a guardrail and its workspace a budget, so that no list is empty. Returns the guardrail's id. */
async function guardedBy(call: Call, hash: string): Promise<string> {
  const made = await call('POST', '/guardrails', { name: 'some guardrail' })
  const { id } = made.body.data as { id: string }
  await call('POST', `/guardrails/${id}/assignments/keys`, { key_hashes: [hash] })
  await call('PUT', '/workspaces/default/budgets/weekly', { limit_usd: 10 })
  return id
}

/** The path of an operation on that key, that guardrail, the default workspace and its weekly budget. */
function filled(template: string, { hash, guardrail }: { readonly hash: string; readonly guardrail: string }): string {
  const id = template.startsWith('/guardrails/') ? guardrail : 'default'
  return template.replace('{hash}', hash).replace('{id}', id).replace('{interval}', 'weekly')
}

if (isMissing && process.env.CI) {
  test('the published contract is there when CI is set', () => {
    expect.unreachable('KEYWRIGHT_OPENAPI names no file')
  })
}

describe.skipIf(isMissing)('the published contract', () => {
  test.each(EXCHANGES.map((exchange) => [titleOf(exchange), exchange] as const))(
    '%s keeps to it',
    async (_, exchange) => {
      const { operation, status, path, body, as, fault, quota } = exchange
      const emulator = await emulate({ writeQuota: quota })
      const { key, secret } = await create(caller(emulator), { limit: 3, expires_at: '2999-01-01T00:00:00Z' })
      emulator.world.openrouter.addUsage(key.hash, 0.25, 0.5)
      const id = await guardedBy(caller(emulator), key.hash)
      const [method = '', template = ''] = operation.split(' ')
      if (fault !== undefined) emulator.world.faults.add(parseFault(`* *=${fault}`))
      const credential = { nobody: null, inference: secret, management: emulator.openrouter.managementKey }[
        as ?? 'management'
      ]
      const target = path ?? filled(template, { hash: key.hash, guardrail: id })
      const answer = await caller(emulator, credential)(method, target, body)
      expect(answer.status).toBe(status)
      expect(violations(operation, answer)).toEqual([])
    },
  )

  test('a wrong answer would be noticed', () => {
    expect(violations('GET /keys', { status: 200, body: { data: [{ hash: 7 }] } })).not.toEqual([])
    expect(violations('GET /keys', { status: 418, body: {} })).not.toEqual([])
    expect(violations('DELETE /keys/{hash}', { status: 200, body: { deleted: false } })).not.toEqual([])
    expect(violations('GET /workspaces/{id}', { status: 401, body: { data: 7 } })).not.toEqual([])
    expect(violations('GET /guardrails/assignments/keys', { status: 200, body: { data: [] } })).not.toEqual([])
  })
})
