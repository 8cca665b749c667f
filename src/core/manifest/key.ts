/** From a merged entry to a `DesiredKey`. Everything wrong is reported; a key is returned only when nothing is. */

import { formatAddress } from '../address.ts'
import { attribute } from '../attributes.ts'
import type { Config } from '../config/config.ts'
import type { DesiredKey, Fields, ProviderKind } from '../key.ts'
import { didYouMean, listed } from '../suggest.ts'
import type { Millis } from '../time.ts'
import { hooksOf } from './after.ts'
import { refuseBlind } from './blind.ts'
import { checkBudget } from './budget.ts'
import { type Delivered, deliveriesOf } from './delivery.ts'
import { complain, type Entry, read, readFlag, readText } from './entry.ts'
import { entryDigest } from './entry-digest.ts'
import { refuseForKind } from './for-kind.ts'
import { originsOf } from './layers.ts'
import { shown } from './looks-secret.ts'
import { nameOf } from './name.ts'
import { scheduleOf } from './schedule.ts'
import { isMapping, isSequence } from './source.ts'
import { checkPast, fieldsOf } from './values.ts'

export interface Settings {
  readonly config: Config
  readonly now: Millis
  /** Severity of an `expiresAt` that has passed. */
  readonly pastExpiry: 'error' | 'warning'
}

export interface ResolvedKey {
  /** `null` when the entry has errors. */
  readonly key: DesiredKey | null
  readonly deliveries: readonly Delivered[]
}

export function keyOf(entry: Entry, settings: Settings): ResolvedKey {
  const { config } = settings
  const before = errorCount(entry)
  const provider = providerOf(entry, config)
  const kind = provider?.kind ?? null
  const deliveries = deliveriesOf(entry, config)
  const after = hooksOf(entry, config)
  const parts = {
    ...partsOf(entry, kind, config),
    places: deliveries.map(({ place }) => place),
    ...(after.length === 0 ? {} : { after }),
  }
  if (kind !== null) refuseForKind(entry, kind, parts.rotation)
  checkEnd(entry, parts, settings)
  checkBudget(entry, parts, config)
  refuseBlind(entry, { kind, rotation: parts.rotation, deliveries }, config)
  const wrong = provider === null || errorCount(entry) > before || hasFaults(entry)
  return {
    key: wrong ? null : completed(entry, { ...parts, provider: provider.name, kind: provider.kind }),
    deliveries,
  }
}

/** Everything an entry says about the key, read one by one; whether it fits together is for others to say. */
function partsOf(entry: Entry, kind: ProviderKind | null, { stack, freezes }: Config) {
  const { expiresIn, ...schedule } = scheduleOf(entry, { kind, freezes })
  const renewed = expiryPolicy(entry)
  const fields = fieldsOf(entry, kind, renewed)
  const guardrail = readText(entry, 'guardrail', 'no-training')
  return {
    address: formatAddress(stack, entry.id),
    stack,
    id: entry.id,
    scope: readText(entry, 'workspaceId', 'default') ?? 'default',
    name: nameOf(entry, stack),
    fields,
    expiresIn: renewed === 'renewed' ? expiresIn : null,
    unmanaged: unmanagedOf(entry),
    ...schedule,
    protect: readFlag(entry, 'protect'),
    ...freeTexts(entry),
    labels: labelsOf(entry),
    ...(guardrail === null ? {} : { guardrail }),
    bornHarmless: fields.disabled === true || guardrail !== null,
  }
}

function checkEnd(entry: Entry, { fields }: { readonly fields: Fields }, { now, pastExpiry }: Settings): void {
  const slot = entry.slots.get('expiresAt')
  if (slot !== undefined) checkPast(entry, slot, fields.expiresAt, { now, severity: pastExpiry })
}

function errorCount({ report }: Entry): number {
  return report.reduce((count, { severity }) => count + (severity === 'error' ? 1 : 0), 0)
}

function hasFaults({ slots, layers, faults }: Entry): boolean {
  if (layers.some((layer) => faults.in(layer.fields))) return true
  for (const { container, member, value } of slots.values())
    if (faults.at(container, member) || (isMapping(value) && faults.in(value))) return true
  return false
}

function completed(entry: Entry, parts: Omit<DesiredKey, 'digest' | 'origin' | 'sources'>): DesiredKey {
  const { document, container, member } = entry.spot
  return {
    ...parts,
    digest: entryDigest(parts),
    origin: document.origin(container, member),
    /** Computed when asked for: positions cost more than everything else of a key together. */
    get sources() {
      return originsOf(entry.slots)
    },
  }
}

function providerOf(
  entry: Entry,
  { providers, known }: Config,
): { readonly name: string; readonly kind: ProviderKind } | null {
  const found = read(entry, 'provider')
  if (found === 'faulty') return null
  const [first] = known.providers
  const name = found !== 'absent' ? found.value : known.providers.length === 1 ? first : undefined
  const configured = typeof name === 'string' ? providers.get(name) : undefined
  if (configured !== undefined) return configured
  if (first === undefined || (typeof name === 'string' && known.providers.includes(name))) return null
  const near = typeof name === 'string' ? didYouMean(name, known.providers) : ''
  const what =
    name === undefined
      ? `"${entry.id}" names no provider, and several are configured`
      : `No provider is called ${shown(name)}`
  const message = `${what}. Providers in keywright.yaml: ${listed(known.providers)}.${near}`
  const spot = found === 'absent' ? entry.spot : found.slot
  complain(entry, spot, {
    code: 'MANIFEST_PROVIDER_UNKNOWN',
    message,
    hint: `provider: ${first}`,
    part: found === 'absent' ? 'key' : 'value',
  })
  return null
}

/** Whether each generation gets a new expiry (`expiresIn`), or one is fixed or absent. */
function expiryPolicy(entry: Entry): 'renewed' | 'fixed' {
  const renewed = entry.slots.get('expiresIn')
  const fixed = entry.slots.get('expiresAt')
  if (renewed !== undefined && fixed !== undefined) {
    const message = `"${entry.id}" has both expiresAt, which ends it, and expiresIn, which renews it.`
    complain(entry, fixed, {
      code: 'MANIFEST_EXPIRY_CONFLICT',
      message,
      hint: 'keep one of them; an inherited one goes with unset: [expiresIn]',
      part: 'key',
    })
    return 'fixed'
  }
  return renewed === undefined ? 'fixed' : 'renewed'
}

function unmanagedOf(entry: Entry): readonly string[] {
  const found = read(entry, 'unmanaged')
  if (typeof found === 'string' || !isSequence(found.value)) return []
  return found.value.filter((name) => typeof name === 'string' && attribute(name) !== null).map(String)
}

function freeTexts(entry: Entry): { owner?: string; purpose?: string; link?: string } {
  const owner = readText(entry, 'owner', 'platform-team')
  const purpose = readText(entry, 'purpose', 'nightly builds')
  const link = readText(entry, 'link', 'https://wiki.example.com/ci')
  return {
    ...(owner === null ? {} : { owner }),
    ...(purpose === null ? {} : { purpose }),
    ...(link === null ? {} : { link }),
  }
}

function labelsOf(entry: Entry): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {}
  for (const path of entry.slots.keys()) {
    if (!path.startsWith('labels.')) continue
    const text = readText(entry, path, 'platform')
    if (text !== null) labels[path.slice('labels.'.length)] = text
  }
  return labels
}
