import { formatUtc, type Micros } from './instants.ts'

/** Who made a key: the API, an out-of-band hand, the birth of the account, or the server's own rotation. */
export type Origin = 'api' | 'outside' | 'birth' | 'reaper'

/** What a key is made with; null = not set. Instants are microseconds. */
export interface KeyFields {
  readonly project_id: string
  readonly org_id: string | null
  readonly name: string
  /** Empty on legacy rows, and then it means everything. */
  readonly scopes: readonly string[]
  readonly expires_at: Micros | null
  readonly environment_id: string | null
  readonly rotation_interval_days: number | null
  readonly next_rotation_at: Micros | null
  readonly rotation_webhook_url: string | null
  /** Number of its signing secret, which successors share. */
  readonly webhook_secret: number | null
  readonly rate_limit_requests: number | null
  readonly rate_limit_window_secs: number | null
}

/** What happens to a key later. */
export interface KeyFate {
  readonly last_used_at: Micros | null
  readonly revoked_at: Micros | null
  readonly replaced_by_key_id: string | null
  readonly grace_expires_at: Micros | null
}

export interface StoredKey extends KeyFields, KeyFate {
  /** Position in the order of creation over all projects, from 1. */
  readonly sequence: number
  readonly id: string
  /** SHA-256 of the secret; the API never shows it. */
  readonly key_hash: string
  /** The secret's first 12 characters. */
  readonly key_prefix: string
  readonly created_at: Micros
  readonly origin: Origin
}

export const UNSET: Omit<KeyFields, 'project_id' | 'name' | 'scopes'> = {
  org_id: null,
  expires_at: null,
  environment_id: null,
  rotation_interval_days: null,
  next_rotation_at: null,
  rotation_webhook_url: null,
  webhook_secret: null,
  rate_limit_requests: null,
  rate_limit_window_secs: null,
}

export const UNTOUCHED: KeyFate = {
  last_used_at: null,
  revoked_at: null,
  replaced_by_key_id: null,
  grace_expires_at: null,
}

/** The key as a list shows it: what is empty is left out, but for the six fields every key has. */
export function keyObject(key: StoredKey): object {
  const { id, project_id, name, key_prefix, scopes } = key
  const optional = {
    org_id: key.org_id,
    expires_at: instant(key.expires_at),
    last_used_at: instant(key.last_used_at),
    revoked_at: instant(key.revoked_at),
    replaced_by_key_id: key.replaced_by_key_id,
    grace_expires_at: instant(key.grace_expires_at),
    rate_limit_requests: key.rate_limit_requests,
    rate_limit_window_secs: key.rate_limit_window_secs,
    environment_id: key.environment_id,
    rotation_interval_days: key.rotation_interval_days,
    next_rotation_at: instant(key.next_rotation_at),
    rotation_webhook_url: key.rotation_webhook_url,
  }
  const filled = Object.entries(optional).filter(([, value]) => value !== null && value !== '' && value !== 0)
  return {
    id,
    project_id,
    name,
    key_prefix,
    scopes,
    created_at: formatUtc(key.created_at),
    ...Object.fromEntries(filled),
  }
}

function instant(at: Micros | null): string | null {
  return at === null ? null : formatUtc(at)
}

/** Why a secret of this key does not authenticate at `now`, in the API's words; null when it does. The very instant of the end still works. */
export function refusalOf(key: StoredKey, now: Micros): string | null {
  if (key.revoked_at !== null) return 'api key has been revoked'
  if (key.expires_at !== null && key.expires_at < now) return 'api key has expired'
  if (key.grace_expires_at !== null && key.grace_expires_at < now) return 'api key rotation grace period has ended'
  return null
}
