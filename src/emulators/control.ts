import { json, type Reply } from './exchange.ts'
import { parseFault } from './flags.ts'
import type { EmulatorHooks } from './hooks.ts'
import { checkEdit, checkForeign } from './openrouter/edits.ts'
import { parseObject } from './openrouter/fields.ts'

/**
 * Routes under `/_emulator/`: the hooks as HTTP, for tests that run the emulator as a process. JSON in, JSON out; 200 with the result,
 * 400 `{ problem }` for a body that makes no sense, 404 `{ problem }` for a key or a route that is not there.
 *
 * POST   clock        { now: ISO | "real" } or { advance: seconds }          -> { now }
 * POST   usage        { hash, usd, byokUsd? }                                -> { ok }
 * GET    faults                                                              -> { rules }
 * POST   faults       { add: "POST /keys=cut-after-commit:2" } | { clear: true } (clear goes first)  -> { rules }
 * POST   leaver       { creator_user_id }                                    -> { disabled: number }
 * GET    log                                                                 -> { log: [{ at, method, path, status, fault }] }
 * DELETE log          forgets log and counts                                 -> { ok }
 * GET    counts                                                              -> { requests, total, writes, peakConcurrency }
 * GET    keys                                                                -> { keys: [...] }, deleted ones with `deleted_at`
 * POST   keys         { name?, limit?, disabled?, workspace_id?, ... }       -> { hash, key }
 * POST   keys/{hash}  any of name, limit, limit_reset, include_byok_in_limit, disabled, expires_at, creator_user_id  -> { ok }
 * DELETE keys/{hash}                                                         -> { ok }
 */
export function control(hooks: EmulatorHooks, method: string, path: string, bodyText: string): Reply {
  const body = bodyText === '' ? {} : parseObject(bodyText)
  if (body === null) return problem(400, 'the body is not a JSON object')
  const [, name = '', hash, ...rest] = path.split('/')
  const route = [`${method} ${name}`, ...(hash === undefined ? [] : ['{hash}']), ...rest].join('/')
  try {
    return ROUTES[route]?.(hooks, body, hash ?? '') ?? problem(404, `no control route ${method} ${path}`)
  } catch (error) {
    if (error instanceof RangeError) return problem(400, error.message)
    throw error
  }
}

type Body = Readonly<Record<string, unknown>>
type Handler = (hooks: EmulatorHooks, body: Body, hash: string) => Reply

const ROUTES: Readonly<Record<string, Handler>> = {
  'POST clock': moveClock,
  'POST usage': ({ openrouter }, { hash, usd, byokUsd }) =>
    found(openrouter.addUsage(text(hash, 'hash'), number(usd, 'usd'), number(byokUsd ?? 0, 'byokUsd'))),
  'GET faults': ({ faults }) => json(200, { rules: faults.rules() }),
  'POST faults': changeFaults,
  'POST leaver': ({ openrouter }, body) =>
    json(200, { disabled: openrouter.leaver(text(body.creator_user_id, 'creator_user_id')) }),
  'GET log': ({ traffic }) => json(200, { log: traffic.log() }),
  'DELETE log': ({ traffic }) => {
    traffic.reset()
    return json(200, { ok: true })
  },
  'GET counts': ({ traffic }) => json(200, traffic.counts()),
  'GET keys': ({ openrouter }) => json(200, { keys: openrouter.keys() }),
  'POST keys': ({ openrouter }, body) => {
    const { hash, secret } = openrouter.createForeign(checkForeign(body))
    return json(200, { hash, key: secret })
  },
  'POST keys/{hash}': ({ openrouter }, body, hash) => found(openrouter.edit(hash, checkEdit(body))),
  'DELETE keys/{hash}': ({ openrouter }, _, hash) => found(openrouter.remove(hash)),
}

function moveClock({ clock }: EmulatorHooks, body: Body): Reply {
  if ('now' in body) clock.set(text(body.now, 'now'))
  else clock.advance(number(body.advance, 'advance'))
  return json(200, { now: new Date(clock.now()).toISOString() })
}

function changeFaults({ faults }: EmulatorHooks, body: Body): Reply {
  if (body.clear === true) faults.clear()
  const added = body.add === undefined ? [] : Array.isArray(body.add) ? body.add : [body.add]
  for (const each of added) faults.add(parseFault(text(each, 'add')))
  return json(200, { rules: faults.rules() })
}

function found(isFound: boolean): Reply {
  return isFound ? json(200, { ok: true }) : problem(404, 'no live key has that hash')
}

function problem(status: number, message: string): Reply {
  return json(status, { problem: message })
}

function text(value: unknown, field: string): string {
  if (typeof value !== 'string' || value === '') throw new RangeError(`${field} must be a text`)
  return value
}

function number(value: unknown, field: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new RangeError(`${field} must be a number`)
  return value
}
