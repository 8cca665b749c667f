import { uuid7, webhookSecret } from './account.ts'
import { DAY, formatUtc } from './instants.ts'
import { successor } from './rotate.ts'
import type { KeyFate, StoredKey } from './stored-key.ts'
import { deliver, type Notice } from './webhook.ts'
import { isAllowed } from './webhook-url.ts'
import { commit, conceive, nowMicros, type World } from './world.ts'

/**
 * What became of one due key. `rotated`: delivered, and the old key ends in 24 hours. `undelivered`: the new key was revoked, the old one is
 * as before and due again. `unmarked`: delivered, but the old key could not be marked, so the key just delivered was revoked.
 * `switched-off`: without a webhook its rotation was cleared. `skipped`: its settings allow no rotation; it stays due for ever.
 */
export interface AutoRotation {
  readonly old_key_id: string
  readonly new_key_id: string | null
  readonly outcome: 'rotated' | 'undelivered' | 'unmarked' | 'switched-off' | 'skipped'
}

export interface Reaper {
  readonly world: World
  readonly allowPrivate: boolean
  readonly timeoutMs: number
  readonly onIssue: (secret: string) => void
  readonly signal: AbortSignal
}

const MOST_PER_PASS = 100

/** One pass over the keys that are due now, one after the other. With `failMark` no old key can be marked after its delivery. */
export async function pass(reaper: Reaper, failMark: boolean): Promise<readonly AutoRotation[]> {
  const due = [...reaper.world.keys.values()]
    .filter((key) => isDue(key, nowMicros(reaper.world)))
    .slice(0, MOST_PER_PASS)
  const done: AutoRotation[] = []
  for (const { id } of due) {
    const key = reaper.world.keys.get(id)
    if (key !== undefined) done.push(await rotateOne(reaper, key, failMark))
  }
  return done
}

function isDue(key: StoredKey, now: number): boolean {
  const { rotation_interval_days, next_rotation_at, revoked_at, replaced_by_key_id } = key
  const isOpen = revoked_at === null && replaced_by_key_id === null
  return isOpen && rotation_interval_days !== null && next_rotation_at !== null && next_rotation_at <= now
}

async function rotateOne(reaper: Reaper, old: StoredKey, failMark: boolean): Promise<AutoRotation> {
  const { world, allowPrivate, onIssue } = reaper
  const url = old.rotation_webhook_url
  if (url === null) {
    commit(world, [{ op: 'change', id: old.id, changes: { next_rotation_at: null } }])
    return { old_key_id: old.id, new_key_id: null, outcome: 'switched-off' }
  }
  const next = successor(world, old, ' (auto-rotated)')
  if (old.webhook_secret === null || !isAllowed(url, allowPrivate) || next.kind === 'refused')
    return { old_key_id: old.id, new_key_id: null, outcome: 'skipped' }
  const { secret, key } = conceive(world, next.fields, { origin: 'reaper' })
  const grace_expires_at = nowMicros(world) + DAY
  onIssue(secret)
  commit(world, [{ op: 'create', key }])
  const isDelivered = await notify(reaper, {
    old,
    key,
    secret,
    url,
    signing: webhookSecret(world.account.id, old.webhook_secret),
  })
  const isMarked = isDelivered && !failMark && mark(world, old.id, { replaced_by_key_id: key.id, grace_expires_at })
  if (!isMarked) commit(world, [{ op: 'change', id: key.id, changes: { revoked_at: nowMicros(world) } }])
  const outcome = isMarked ? 'rotated' : isDelivered ? 'unmarked' : 'undelivered'
  return { old_key_id: old.id, new_key_id: key.id, outcome }
}

interface Handover {
  readonly old: StoredKey
  readonly key: StoredKey
  readonly secret: string
  readonly url: string
  readonly signing: string
}

function notify({ world, timeoutMs, signal }: Reaper, { old, key, secret, url, signing }: Handover): Promise<boolean> {
  const now = world.clock.now()
  const notice: Notice = {
    old_key_id: old.id,
    new_key_id: key.id,
    new_key: secret,
    new_key_prefix: key.key_prefix,
    project_id: old.project_id,
    rotated_at: formatUtc(nowMicros(world)),
  }
  return deliver(notice, { url, secret: signing, deliveryId: uuid7(now, null), now, timeoutMs, signal })
}

/** False when the old key was revoked or replaced meanwhile. */
function mark(world: World, id: string, changes: Pick<KeyFate, 'replaced_by_key_id' | 'grace_expires_at'>): boolean {
  const old = world.keys.get(id)
  if (old === undefined || old.revoked_at !== null || old.replaced_by_key_id !== null) return false
  commit(world, [{ op: 'change', id, changes }])
  return true
}
