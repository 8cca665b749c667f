/**
 * One key. Its identity is `keyId`, also for Terraform: where it stands in the tree of constructs, and what it is called there, changes
 * nothing, so moving it re-issues nothing. Two keys of one stack with the same `keyId` are an error.
 */
import { type TerraformProvider, TerraformStack } from 'cdktf'
import { Construct } from 'constructs'
import { PLACEHOLDERS } from '../core/template.ts'
import type { Duration, Limit } from './amounts.ts'
import type { OpenrouterKey } from './bindings/openrouter-key.generated.ts'
import type { StraitKey } from './bindings/strait-key.generated.ts'
import type { Place } from './deliver.generated.ts'
import type { OpenrouterFields, StraitFields } from './fields.generated.ts'
import { LightOpenrouterKey, LightStraitKey, untraced } from './light-keys.ts'

export interface Rotation {
  /** Any change of this text issues the next generation. */
  readonly rotateWhen?: string
  /** `apply`: each plan also looks at `every`. */
  readonly on?: 'rotate_when' | 'apply'
  readonly every?: Duration
  /** How long the old secret works beside the new one. Default: 24h. */
  readonly grace?: Duration
  /** How long the old key stays disabled before it is deleted. Default: 1h. */
  readonly hold?: Duration
  readonly jitter?: Duration
  /** A larger number than before rotates. */
  readonly serial?: number
  readonly retire?: { readonly when: 'deadline' | 'unused'; readonly quiet?: Duration; readonly by?: Duration }
  readonly window?: { readonly days?: string; readonly hours: string; readonly zone: string }
}

export interface KeyProps {
  /** One to three parts with `/` between them; with the stack its address for ever. */
  readonly keyId: string
  /** Display name. Default: `keyId`. */
  readonly name?: string
  readonly owner?: string
  readonly purpose?: string
  readonly link?: string
  readonly labels?: Readonly<Record<string, string>>
  /** Life of each generation; renewed in time by the applies that come. */
  readonly expiresIn?: Duration
  readonly deliverTo?: readonly Place[]
  /** Refuses to destroy the key. */
  readonly protect?: boolean
  /** Names of fields that stay as they are live. */
  readonly unmanaged?: readonly string[]
  /** A provider with an alias, where the stack has several. */
  readonly provider?: TerraformProvider
}

export interface OpenrouterKeyProps extends KeyProps, OpenrouterFields {
  readonly kind?: 'openrouter'
  /** Absent only when `unmanaged` names it. */
  readonly limit?: Limit
  /** Slug or UUID. Default: `default`. */
  readonly workspaceId?: string
  readonly guardrail?: string
  readonly rotation?: Rotation
}

export interface StraitKeyProps extends KeyProps, StraitFields {
  readonly kind: 'strait'
  readonly rotation?: Rotation & { readonly native?: boolean }
}

export type ManagedKeyProps = OpenrouterKeyProps | StraitKeyProps

const claims = new WeakMap<TerraformStack, Map<string, string>>()

export class ManagedKey extends Construct {
  /** As in the props. */
  readonly keyId: string
  readonly resource: OpenrouterKey | StraitKey

  /** Throws when the stack has this `keyId` already. */
  constructor(scope: Construct, id: string, props: ManagedKeyProps) {
    super(scope, id)
    claim(this, props.keyId)
    this.keyId = props.keyId
    this.resource = untraced(() =>
      props.kind === 'strait'
        ? new LightStraitKey(this, 'key', straitConfig(props))
        : new LightOpenrouterKey(this, 'key', openrouterConfig(props)),
    )
    this.resource.overrideLogicalId(logicalId(props.keyId))
  }

  /** Id of the live key in service, known after the first apply. */
  get liveId(): string {
    return this.resource.id
  }

  /** `sha256:` and hex of the secret in service. */
  get fingerprint(): string {
    return this.resource.fingerprint
  }
}

function claim(key: ManagedKey, keyId: string): void {
  const stack = TerraformStack.of(key)
  const known = claims.get(stack) ?? new Map<string, string>()
  claims.set(stack, known)
  const earlier = known.get(keyId)
  if (earlier !== undefined)
    throw new Error(
      `Two keys of one stack have the keyId "${keyId}": ${earlier} and ${key.node.path}. Give one of them another.`,
    )
  known.set(keyId, key.node.path)
}

/** The name in Terraform's state: readable, and different for different ids. */
export function logicalId(keyId: string): string {
  return `key_${keyId.replace(/[^a-z0-9-]/g, (letter) => `_${letter.charCodeAt(0).toString(16)}`)}`
}

function openrouterConfig({ kind: _, limit, provider, ...rest }: OpenrouterKeyProps) {
  const cap = limit === 'unlimited' ? { unlimited: true } : limit === undefined ? {} : { limit: limit.usd }
  return { ...mutable(withPlaces(rest)), ...cap, ...(provider && { provider }) }
}

function straitConfig({ kind: _, provider, ...rest }: StraitKeyProps) {
  return { ...mutable(withPlaces(rest)), ...(provider && { provider }) }
}

const PLACEHOLDER = new RegExp(`(?<!\\$)\\$\\{(?:${PLACEHOLDERS.join('|')})\\}`, 'g')

/** Terraform would take `${secret}` for a reference of its own. */
function withPlaces<T extends KeyProps>({ deliverTo, ...rest }: T) {
  const places = deliverTo?.map(({ value, ...place }) =>
    value === undefined ? place : { ...place, value: value.replace(PLACEHOLDER, '$$$&') },
  )
  return { ...rest, ...(places === undefined ? {} : { deliverTo: places }) }
}

/** The generated classes want lists that they could change. */
type Mutable<T> = T extends readonly (infer One)[]
  ? Mutable<One>[]
  : T extends object
    ? { -readonly [K in keyof T]: Mutable<T[K]> }
    : T

function mutable<T>(props: T): Mutable<T> {
  return props as Mutable<T>
}
