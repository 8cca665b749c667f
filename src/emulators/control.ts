import { json, type Reply } from './exchange.ts'
import { parseFault } from './flags.ts'
import type { EmulatorHooks } from './hooks.ts'
import { checkEdit, checkForeign } from './openrouter/edits.ts'
import { parseObject } from './openrouter/fields.ts'
import { STRAIT_ROUTES, type StraitRoute } from './strait/control.ts'

/**
 * Routes under `/_emulator/`: the hooks as HTTP, for tests that run the emulator as a process. JSON in, JSON out; 200 with the result,
 * 400 `{ problem }` for a body that makes no sense, 404 `{ problem }` for a key or a route that is not there. Strait's are in its own folder.
 *
 * POST   clock        { now: ISO | "real" } or { advance: seconds }          -> { now }
 * POST   usage        { hash, usd, byokUsd? }                                -> { ok }
 * GET    faults                                                              -> { rules }
 * POST   faults       { add: "POST /keys=cut-after-commit:2" } | { clear: true } (clear goes first)  -> { rules }
 * POST   leaver       { creator_user_id }                                    -> { disabled: number }
 * GET    log                                                                 -> { log: [{ at, method, path, status, fault }] }
 * DELETE log          forgets log and counts                                 -> { ok }
 * GET    counts                                                              -> { requests, statuses, total, writes, peakConcurrency }
 * GET    keys                                                                -> { keys: [...], strait: [...] }, deleted ones with `deleted_at`
 * POST   keys         { name?, limit?, disabled?, workspace_id?, ... }       -> { hash, key }
 * POST   keys/{hash}  any of name, limit, limit_reset, include_byok_in_limit, disabled, expires_at, creator_user_id  -> { ok }
 * DELETE keys/{hash}                                                         -> { ok }
 */
export async function control(
  hooks: EmulatorHooks,
  { method, path, text: bodyText }: { readonly method: string; readonly path: string; readonly text: string },
): Promise<Reply> {
  const body = bodyText === '' ? {} : parseObject(bodyText)
  if (body === null) return problem(400, 'the body is not a JSON object')
  const found = Object.entries(ALL_ROUTES).find(([pattern]) => nameIn(`${method} ${path.slice(1)}`, pattern) !== null)
  if (found === undefined) return problem(404, `no control route ${method} ${path}`)
  const [pattern, handle] = found
  try {
    return await handle(hooks, body, nameIn(`${method} ${path.slice(1)}`, pattern) ?? '')
  } catch (error) {
    if (error instanceof RangeError) return problem(400, error.message)
    throw error
  }
}

type Body = Readonly<Record<string, unknown>>
type Handler = (hooks: EmulatorHooks, body: Body, name: string) => Reply | Promise<Reply>

/** What stands in the place of a last `{}`; empty for a pattern without one, null when the request is not of that pattern. */
function nameIn(request: string, pattern: string): string | null {
  if (!pattern.endsWith('{}')) return request === pattern ? '' : null
  const before = pattern.slice(0, -2)
  const name = request.startsWith(before) ? request.slice(before.length) : ''
  return /^[^/]+$/.test(name) ? name : null
}

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
  'GET keys': ({ openrouter, strait }) => json(200, { keys: openrouter.keys(), strait: strait.keys() }),
  'POST keys': ({ openrouter }, body) => {
    const { hash, secret } = openrouter.createForeign(checkForeign(body))
    return json(200, { hash, key: secret })
  },
  'POST keys/{}': ({ openrouter }, body, hash) => found(openrouter.edit(hash, checkEdit(body))),
  'DELETE keys/{}': ({ openrouter }, _, hash) => found(openrouter.remove(hash)),
}

const ALL_ROUTES: Readonly<Record<string, Handler>> = {
  ...ROUTES,
  ...Object.fromEntries(Object.entries(STRAIT_ROUTES).map(([pattern, handle]) => [pattern, straitHandler(handle)])),
}

function straitHandler(handle: StraitRoute): Handler {
  return async ({ strait }, body, name) => {
    const answer = await handle(strait, body, name)
    return answer === null ? problem(404, 'no key has that id') : json(200, answer)
  }
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
