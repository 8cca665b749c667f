import { rounded, type Spend, spentIn } from './spend.ts'

/** Who made a key or a change: the API, an out-of-band edit (dashboard, other people), or the birth of the account. */
export type Origin = 'api' | 'outside' | 'birth'

/** Fields a client may set and change. `limit` in USD, null = unlimited. `limit_reset` is open: null = never. */
export interface KeyFields {
  readonly name: string
  readonly limit: number | null
  readonly limit_reset: string | null
  readonly include_byok_in_limit: boolean
  readonly disabled: boolean
}

/** What never changes, with one exception: an out-of-band edit may move `expires_at` or the creator. */
export interface KeyBirth {
  /** Position in the order of creation over the whole account, from 1. */
  readonly sequence: number
  readonly hash: string
  readonly label: string
  readonly workspace_id: string
  readonly creator_user_id: string | null
  /** Microseconds, `+00:00`; strictly later than that of any key before. */
  readonly created_at: string
  readonly expires_at: string | null
  readonly origin: Origin
}

export interface StoredKey extends KeyBirth, KeyFields {
  readonly updated_at: string | null
  readonly spend: Spend | null
}

export type KeyChanges = Partial<KeyFields & Pick<KeyBirth, 'expires_at' | 'creator_user_id'>>

/** Masked secret: its first 12 and last 4 characters, as in the published contract's examples. */
export function labelOf(secret: string): string {
  return `${secret.slice(0, 12)}...${secret.slice(-4)}`
}

export function isExpired(key: StoredKey, now: number): boolean {
  return key.expires_at !== null && Date.parse(key.expires_at) <= now
}

/** USD left in the window of `limit_reset`, never below 0; null when unlimited. BYOK spend counts only where the key says so. */
export function limitRemaining(key: StoredKey, now: number): number | null {
  if (key.limit === null) return null
  const spent = spentIn(key.spend, key.limit_reset, now)
  return Math.max(0, rounded(key.limit - spent.usd - (key.include_byok_in_limit ? spent.byokUsd : 0)))
}

/** The key object of create, get, list and update (published contract of 2026-08-22, plus `external_user`, which its SDK 1.3.19 demands). */
export function keyObject(key: StoredKey, now: number): object {
  return {
    hash: key.hash,
    name: key.name,
    label: key.label,
    disabled: key.disabled,
    ...limits(key, now),
    ...usage(key.spend, now),
    created_at: key.created_at,
    updated_at: key.updated_at,
    expires_at: key.expires_at,
    creator_user_id: key.creator_user_id,
    workspace_id: key.workspace_id,
    external_user: null,
  }
}

/** What `GET /key` says about the key that asks: no hash, name, disabled or created_at. */
export function currentKeyObject(key: StoredKey, isManagement: boolean, now: number): object {
  return {
    label: key.label,
    ...limits(key, now),
    ...usage(key.spend, now),
    is_free_tier: false,
    is_management_key: isManagement,
    is_provisioning_key: isManagement,
    creator_user_id: key.creator_user_id,
    expires_at: key.expires_at,
    rate_limit: { requests: -1, interval: '10s', note: 'This field is deprecated and safe to ignore.' },
  }
}

/** Fields of `GET /key` that only documents newer than 2026-08-22 have; the official SDK 1.3.19 demands all four. */
export function newerCurrentKeyFields(key: StoredKey): object {
  return {
    allowed_data_regions: ['global'],
    free_model_daily_requests: { limit: 1000, remaining: 1000, used: 0 },
    organization_id: null,
    workspace_id: key.workspace_id,
  }
}

function limits(key: StoredKey, now: number): object {
  return {
    limit: key.limit,
    limit_remaining: limitRemaining(key, now),
    limit_reset: key.limit_reset,
    include_byok_in_limit: key.include_byok_in_limit,
  }
}

function usage(spend: Spend | null, now: number): object {
  const all = spentIn(spend, null, now)
  const day = spentIn(spend, 'daily', now)
  const week = spentIn(spend, 'weekly', now)
  const month = spentIn(spend, 'monthly', now)
  return {
    usage: all.usd,
    usage_daily: day.usd,
    usage_weekly: week.usd,
    usage_monthly: month.usd,
    byok_usage: all.byokUsd,
    byok_usage_daily: day.byokUsd,
    byok_usage_weekly: week.byokUsd,
    byok_usage_monthly: month.byokUsd,
  }
}
