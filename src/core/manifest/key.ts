/** From a merged entry to a `DesiredKey`. Everything wrong is reported; a key is returned only when nothing is. */

import { formatAddress } from '../address.ts'
import { attribute } from '../attributes.ts'
import { digest, type Json } from '../canonical.ts'
import type { Config } from '../config/config.ts'
import type { DesiredKey, Place, ProviderKind } from '../key.ts'
import { didYouMean, listed } from '../suggest.ts'
import type { Millis } from '../time.ts'
import { type Delivered, deliveriesOf } from './delivery.ts'
import { complain, type Entry, read, readText, wrongValue } from './entry.ts'
import { originsOf } from './layers.ts'
import { shown } from './looks-secret.ts'
import { nameOf } from './name.ts'
import { scheduleOf } from './schedule.ts'
import { isSequence } from './source.ts'
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
  const { rotation, expiresIn, removalHold } = scheduleOf(entry)
  const renewed = expiryPolicy(entry)
  const fields = fieldsOf(entry, provider?.kind ?? 'openrouter', renewed)
  const expiry = entry.slots.get('expiresAt')
  if (expiry !== undefined)
    checkPast(entry, expiry, fields.expiresAt, { now: settings.now, severity: settings.pastExpiry })
  const deliveries = deliveriesOf(entry, config)
  if (rotation.hold === 0) refuseNoHold(entry, deliveries, config)
  const parts = {
    address: formatAddress(config.stack, entry.id),
    stack: config.stack,
    id: entry.id,
    scope: readText(entry, 'workspaceId', 'default') ?? 'default',
    name: nameOf(entry, config.stack),
    fields,
    expiresIn: renewed === 'renewed' ? expiresIn : null,
    unmanaged: unmanagedOf(entry),
    places: deliveries.map(({ place }) => place),
    rotation,
    removalHold,
    protect: protectOf(entry),
    ...freeTexts(entry),
    labels: labelsOf(entry),
    bornHarmless: fields.disabled === true,
  }
  const wrong = provider === null || errorCount(entry) > before || hasFaults(entry)
  return {
    key: wrong ? null : completed(entry, { ...parts, provider: provider.name, kind: provider.kind }),
    deliveries,
  }
}

/** Without a hold there is no second look before the delete, which places written unconditionally need. */
function refuseNoHold(entry: Entry, deliveries: readonly Delivered[], { sinks }: Config): void {
  const blind = deliveries.find(({ place }) => {
    const sink = sinks.get(place.sink)
    return sink?.kind === 'exec' && sink.conditional !== true
  })
  if (blind === undefined) return
  const message = `hold: 0 needs places that are written conditionally, and ${blind.place.text} is not.`
  const spot = entry.slots.get('rotation.hold') ?? entry.spot
  complain(entry, spot, { code: 'MANIFEST_ROTATION_IMPOSSIBLE', message, hint: 'hold: 1h' })
}

function errorCount({ report }: Entry): number {
  return report.reduce((count, { severity }) => count + (severity === 'error' ? 1 : 0), 0)
}

function hasFaults({ slots, layers, faults }: Entry): boolean {
  if (layers.some((layer) => faults.in(layer.fields))) return true
  for (const slot of slots.values()) if (faults.at(slot.container, slot.member)) return true
  return false
}

function completed(entry: Entry, parts: Omit<DesiredKey, 'digest' | 'origin' | 'sources'>): DesiredKey {
  const { document, container, member } = entry.spot
  return {
    ...parts,
    digest: digest(entryData(parts)),
    origin: document.origin(container, member),
    /** Computed when asked for: positions cost more than everything else of a key together. */
    get sources() {
      return originsOf(entry.slots)
    },
  }
}

/** What a commit can change about a key. */
function entryData({ rotation, places, ...rest }: Omit<DesiredKey, 'digest' | 'origin' | 'sources'>): Json {
  const { every, grace, hold, serial } = rotation
  return { ...rest, rotation: { every, grace, hold, serial }, places: places.map(placeData) }
}

function placeData({ sink, identity, template }: Place): Json {
  return { sink, identity, template }
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

function protectOf(entry: Entry): boolean {
  const found = read(entry, 'protect')
  if (typeof found === 'string') return false
  if (typeof found.value !== 'boolean')
    wrongValue(entry, found.slot, 'protect', { what: 'true or false', example: 'true' })
  return found.value === true
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
