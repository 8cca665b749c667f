/**
 * The one table of managed fields. Manifest schema, completion, diff, Terraform schema, CDKTF props and the README reference
 * all come from these rows; nothing else in the project lists the fields of a key.
 */
import type { FieldValue, ProviderKind } from './key.ts'
import { SCOPES, sameScopes, widensScopes } from './scopes.ts'
import { at } from './time.ts'

/** `words`: a list of some of `values`, each once. */
export type FieldType = 'usd' | 'enum' | 'boolean' | 'instant' | 'text' | 'words'

/** `update`: changed in place. `replace`: create-only, a change is an overlapped rotation. */
export type Mutability = 'update' | 'replace'

export interface Attribute {
  /** Name in manifests, records and plans. */
  readonly name: string
  readonly type: FieldType
  /** Words of an enum or of a list; the word in `absent` stands for `null`. */
  readonly values?: readonly string[]
  /** The word a manifest uses for `null`: `unlimited`, `never`. */
  readonly nullWord?: string
  /** Value of an absent entry. `undefined`: must be written. */
  readonly fallback?: FieldValue
  /** What an absent entry means: the fallback, an error, or "not managed". */
  readonly absent: 'fallback' | 'error' | 'unmanaged'
  readonly kinds: Readonly<Partial<Record<ProviderKind, Mutability>>>
  /** Whether going from one value to the other allows more (R: tightening is automatic, loosening is a decision). */
  readonly loosens: (from: FieldValue, to: FieldValue) => boolean
  readonly equal: (a: FieldValue, b: FieldValue) => boolean
  readonly doc: string
  readonly example: FieldValue
}

const same = (a: FieldValue, b: FieldValue): boolean => a === b
const never = (): boolean => false

/** Dollars are compared in whole micro-dollars, since the API stores doubles. */
const sameUsd = (a: FieldValue, b: FieldValue): boolean =>
  typeof a === 'number' && typeof b === 'number' ? Math.round(a * 1e6) === Math.round(b * 1e6) : a === b

/** Stored expiries were seen to come back off by seconds (third-party observation, api contract of 2026-08-22). */
const EXPIRY_TOLERANCE = 120_000

const sameInstant = (a: FieldValue, b: FieldValue): boolean =>
  a === b || (typeof a === 'string' && typeof b === 'string' && Math.abs(at(a) - at(b)) <= EXPIRY_TOLERANCE)

const RESETS = ['never', 'monthly', 'weekly', 'daily']
const resetRank = (value: FieldValue): number => RESETS.indexOf(value === null ? 'never' : String(value))
const capRank = (value: FieldValue): number => (value === null ? Number.POSITIVE_INFINITY : Number(value))
const expiryRank = (value: FieldValue): number => (typeof value === 'string' ? at(value) : Number.POSITIVE_INFINITY)

export const ATTRIBUTES: readonly Attribute[] = [
  {
    name: 'limit',
    type: 'usd',
    nullWord: 'unlimited',
    absent: 'error',
    kinds: { openrouter: 'update', memory: 'update' },
    loosens: (from, to) => capRank(to) > capRank(from) && !sameUsd(from, to),
    equal: sameUsd,
    doc: 'Spending cap in USD per reset window. 0 blocks all spending; `unlimited` removes the cap.',
    example: 50,
  },
  {
    name: 'limitReset',
    type: 'enum',
    values: ['daily', 'weekly', 'monthly', 'never'],
    nullWord: 'never',
    fallback: null,
    absent: 'fallback',
    kinds: { openrouter: 'update', memory: 'update' },
    loosens: (from, to) => resetRank(to) > resetRank(from),
    equal: same,
    doc: 'When the spend counter starts again: midnight UTC, Monday, or the first of the month.',
    example: 'monthly',
  },
  {
    name: 'includeByokInLimit',
    type: 'boolean',
    fallback: false,
    absent: 'fallback',
    kinds: { openrouter: 'update', memory: 'update' },
    loosens: (from, to) => from === true && to === false,
    equal: same,
    doc: 'Whether spend through your own provider keys (BYOK) counts toward the limit.',
    example: true,
  },
  {
    name: 'disabled',
    type: 'boolean',
    fallback: false,
    absent: 'fallback',
    kinds: { openrouter: 'update', memory: 'update' },
    loosens: (from, to) => from === true && to === false,
    equal: same,
    doc: 'A disabled key is refused by the API and can be enabled again.',
    example: false,
  },
  {
    name: 'expiresAt',
    type: 'instant',
    fallback: null,
    absent: 'fallback',
    kinds: { openrouter: 'replace', memory: 'replace' },
    loosens: (from, to) => expiryRank(to) > expiryRank(from) && !sameInstant(from, to),
    equal: sameInstant,
    doc: 'The end of this key, UTC with seconds, as `2027-12-31T23:59:59Z`. Never renewed. Not together with expiresIn.',
    example: '2027-12-31T23:59:59Z',
  },
  {
    name: 'creatorUserId',
    type: 'text',
    absent: 'unmanaged',
    kinds: { openrouter: 'replace' },
    loosens: never,
    equal: same,
    doc: 'Organisation member recorded as the creator. Only for organisation accounts.',
    example: 'user_2dHFtVWx2n56w6HkM0000000000',
  },
  {
    name: 'scopes',
    type: 'words',
    values: SCOPES,
    absent: 'error',
    kinds: { strait: 'replace' },
    loosens: widensScopes,
    equal: sameScopes,
    doc: `What the key may do: ${SCOPES.map((scope) => `\`${scope}\``).join(', ')}. \`*\` covers all others.`,
    example: ['jobs:read', 'jobs:trigger'],
  },
  {
    name: 'environmentId',
    type: 'text',
    absent: 'unmanaged',
    kinds: { strait: 'replace' },
    loosens: never,
    equal: same,
    doc: 'Environment of the project that the key is bound to. The API takes any text, so a misspelled one is not noticed.',
    example: 'production',
  },
]

const BY_NAME: ReadonlyMap<string, Attribute> = new Map(ATTRIBUTES.map((row) => [row.name, row]))

/** The row of a field, or `null` when there is no such field. */
export function attribute(name: string): Attribute | null {
  return BY_NAME.get(name) ?? null
}

/** Rows that apply to one kind of key API. */
export function attributesOf(kind: ProviderKind): readonly Attribute[] {
  return ATTRIBUTES.filter((row) => row.kinds[kind] !== undefined)
}
