/** Fields that the key API of a key does not have, and what it has instead. */
import { abilitiesOf } from '../abilities.ts'
import { ATTRIBUTES, attribute } from '../attributes.ts'
import type { ProviderKind, RotationPolicy } from '../key.ts'
import { complain, type Entry } from './entry.ts'

interface Instead {
  readonly why: string
  readonly hint?: string
}

const NO_SPEND: Instead = { why: 'Strait counts no spend; scopes say what a key may do' }

const INSTEAD: Readonly<Record<ProviderKind, Readonly<Record<string, Instead>>>> = {
  strait: {
    limit: NO_SPEND,
    limitReset: NO_SPEND,
    includeByokInLimit: NO_SPEND,
    disabled: {
      why: 'Strait can only revoke a key',
      hint: 'remove it; to end a leaked key now: keywright leaked',
    },
    expiresAt: { why: 'Strait counts the days of a key from its creation', hint: 'expiresIn: 90d' },
    creatorUserId: { why: 'Strait records no creator' },
    workspaceId: {
      why: 'the project is that of the provider in keywright.yaml',
      hint: 'project: proj_1   in the provider in keywright.yaml',
    },
    'rotation.budget': { why: 'Strait counts no spend that could be carried', hint: 'budget: fresh' },
    guardrail: { why: 'scopes say what a Strait key may do', hint: 'scopes: [jobs:read, jobs:trigger]' },
  },
  openrouter: {
    'rotation.native': { why: 'only Strait can rotate a key itself', hint: 'native: false' },
    scopes: { why: 'guardrails and limits say what such a key may do' },
    environmentId: { why: 'such a key belongs to a workspace', hint: 'workspaceId: default' },
  },
  memory: { 'rotation.native': { why: 'only Strait can rotate a key itself', hint: 'native: false' } },
}

/** Members that are no attributes, and the kinds of key APIs that have them. */
const OTHERS: Readonly<Record<string, readonly ProviderKind[]>> = {
  workspaceId: ['openrouter', 'memory'],
  guardrail: ['openrouter', 'memory'],
}

export function refuseForKind(entry: Entry, kind: ProviderKind, { native, budget }: RotationPolicy): void {
  for (const { name, kinds } of ATTRIBUTES) if (kinds[kind] === undefined) refuse(entry, kind, name)
  for (const [name, kinds] of Object.entries(OTHERS)) if (!kinds.includes(kind)) refuse(entry, kind, name)
  if (native && !abilitiesOf(kind).rotate) refuse(entry, kind, 'rotation.native')
  if (budget === 'carry' && attribute('limit')?.kinds[kind] === undefined) refuse(entry, kind, 'rotation.budget')
}

function refuse(entry: Entry, kind: ProviderKind, path: string): void {
  const instead = INSTEAD[kind][path]
  const slot = entry.slots.get(path)
  if (slot === undefined) return
  const why = instead === undefined ? '' : `: ${instead.why}`
  const message = `Keys of kind ${kind} have no "${path}"${why}.`
  const hint = instead?.hint ?? `unset: [${path}]`
  complain(entry, slot, { code: 'MANIFEST_FIELD_NOT_FOR_KIND', message, hint, part: 'key' })
}
