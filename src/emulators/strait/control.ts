import { readEdit, readForeign, readSettings } from './edits.ts'
import type { StraitHooks } from './hooks.ts'

type Body = Readonly<Record<string, unknown>>

/** Answer body, or null when what the path names is not there. Throws RangeError for a body that makes no sense. */
export type StraitRoute = (hooks: StraitHooks, body: Body, name: string) => object | null | Promise<object>

/**
 * Control routes of Strait, below `/_emulator/`. `{}` is the name in the path.
 *
 * POST   tick                  { fail_mark? }                 -> { rotations: [{ old_key_id, new_key_id, outcome }] }
 * POST   strait/keys           { name?, scopes?, project_id?, created_at?, ... }  -> { id, key, rotation_webhook_secret? }
 * POST   strait/keys/{}        any of name, scopes, expires_at, environment_id, rotation_*, rate_limit_*, last_used_at, ...  -> { ok }
 * DELETE strait/keys/{}                                       -> { ok }
 * POST   strait/usage          { id }                         -> { ok }
 * POST   strait/projects/{}    { max_key_lifetime_days }      -> { ok }
 * DELETE strait/projects/{}                                   -> { deleted: number }
 * POST   strait/stamps         { by: "rising" | "clock" }     -> { ok }
 */
export const STRAIT_ROUTES: Readonly<Record<string, StraitRoute>> = {
  'POST tick': async (hooks, { fail_mark }) => ({ rotations: await hooks.tick({ failMark: fail_mark === true }) }),
  'POST strait/keys': (hooks, body) => {
    const { id, secret, webhookSecret } = hooks.createForeign(readForeign(body))
    return { id, key: secret, ...(webhookSecret !== null && { rotation_webhook_secret: webhookSecret }) }
  },
  'POST strait/keys/{}': (hooks, body, id) => ok(hooks.edit(id, readEdit(body))),
  'DELETE strait/keys/{}': (hooks, _, id) => ok(hooks.revoke(id)),
  'POST strait/usage': (hooks, { id }) => {
    if (typeof id !== 'string') throw new RangeError('id must be a text')
    return ok(hooks.touch(id))
  },
  'POST strait/projects/{}': (hooks, body, project) => {
    hooks.setProject(project, readSettings(body))
    return { ok: true }
  },
  'DELETE strait/projects/{}': (hooks, _, project) => ({ deleted: hooks.deleteProject(project) }),
  'POST strait/stamps': (hooks, { by }) => {
    if (by !== 'rising' && by !== 'clock') throw new RangeError('by must be "rising" or "clock"')
    hooks.stampBy(by)
    return { ok: true }
  },
}

function ok(isDone: boolean): object | null {
  return isDone ? { ok: true } : null
}
