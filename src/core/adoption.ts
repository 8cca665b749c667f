/**
 * Taking a live key into our care as it is.
 *
 * A commit that names the hash is the permission (or a command that does); a marker in the name is only looked at to see who else may
 * believe the key to be theirs. Nothing is issued: the record starts with that key in service, its values as they are live, and the machine
 * does the rest: it looks whether the places of the entry hold the secret (`machine/take-over.ts`), and writes our marker into the name.
 * Places where it is not found are taken to hold it, unread, until the first rotation writes a secret of ours there.
 *
 *   key is          | free to adopt?
 *   absent          | no: ADOPT_KEY_MISSING, and nothing is created
 *   foreign         | yes
 *   other stack     | only where `from` names it
 *   ours            | no: `moved`
 *   unclaimed       | no: `state rebuild` proves by the places whose it is
 *   derived         | no: it belongs to the key it was made from
 *
 * An address that has a record is past its adoption, so the line may stay in the manifests.
 */
import { abilitiesOf } from './abilities.ts'
import { type Marker, parseName } from './address.ts'
import type { Diagnostic } from './diagnostic.ts'
import type { DesiredKey, LiveKey } from './key.ts'
import type { Adoption } from './manifest/sections.ts'
import { classify, type recordedIds } from './ownership.ts'
import { type KeyRecord, newRecord, type PlaceState } from './record.ts'
import { instant, type Millis } from './time.ts'

export interface Adopting extends Pick<Adoption, 'key' | 'as' | 'from'> {
  /** Record it and write nothing to it, see `Active.asFound`. */
  readonly asFound?: boolean
}

export interface AdoptionInputs {
  readonly desired: DesiredKey
  readonly adoption: Adopting
  readonly live: LiveKey | null
  readonly ids: ReturnType<typeof recordedIds>
  readonly now: Millis
  /** Names of sinks that cannot read back. */
  readonly blind: ReadonlySet<string>
  /** Stands for a lineage that is minted when the record is first saved. */
  readonly lineage: string
  /** Lineages of this stack. */
  readonly lineages: ReadonlySet<string>
}

/** The record as it would be, or what is in the way. */
export function adopted(inputs: AdoptionInputs): KeyRecord | Diagnostic {
  const { desired, live, now } = inputs
  if (live === null) return missing(inputs)
  const why = refusal(inputs, live)
  if (why !== null) return why
  const since = instant(now)
  const { n, lineage } = continued(inputs, live)
  const active = {
    phase: 'active',
    n,
    claimedAt: since,
    activeAt: since,
    id: live.id,
    claimed: true,
    issued: issuedAs(inputs, live),
    adopted: 'unseen',
    ...(inputs.adoption.asFound ? { asFound: desired.name } : {}),
  } as const
  return {
    ...newRecord(desired, lineage),
    scope: live.scope,
    highest: n,
    generations: [active],
    places: desired.places.map((place) => unread(place, { n, blind: inputs.blind })),
  }
}

/** What is live is taken for what we set. A lifetime is counted from now on; the end the key has is its end until then. */
function issuedAs({ desired }: AdoptionInputs, live: LiveKey) {
  return {
    name: live.name,
    scope: live.scope,
    fields: live.fields,
    expiresIn: desired.expiresIn,
    rotationSerial: desired.rotation.serial,
    words: { id: desired.id, name: parseName(live.name)?.display ?? live.name },
  }
}

/** A name is written by anybody: one that would use up the numbers of an address is not gone on with. */
const HIGHEST = 99_999

/** A key that another stack gave away goes on with its lineage and numbers: stamps beside its places name them. */
function continued({ lineage, lineages }: AdoptionInputs, live: LiveKey): Pick<Marker, 'n' | 'lineage'> {
  const marker = parseName(live.name)?.marker
  return marker && marker.n <= HIGHEST && !lineages.has(marker.lineage) ? marker : { n: 1, lineage }
}

function unread(
  place: DesiredKey['places'][number],
  { n, blind }: { readonly n: number; readonly blind: ReadonlySet<string> },
): PlaceState {
  const { identity, sink, at, text, template } = place
  const base = { identity, sink, at, text, ...(template === undefined ? {} : { template }) }
  const readable = !blind.has(sink)
  return { ...base, n, status: 'unverifiable', version: null, readable, conditional: readable }
}

function missing({ desired, adoption }: AdoptionInputs): Diagnostic {
  return {
    severity: 'error',
    code: 'ADOPT_KEY_MISSING',
    address: desired.address,
    message: `${desired.address} adopts the key ${short(adoption.key)}, which is not among the live keys of ${desired.provider} in the workspace "${desired.scope}".`,
    hint: 'keywright census --json   lists all keys with their hashes',
  }
}

function refusal({ desired, adoption, ids }: AdoptionInputs, live: LiveKey): Diagnostic | null {
  const owner = classify(live, desired.stack, ids)
  const say = (why: string, hint: string): Diagnostic => ({
    severity: 'error',
    code: 'ADOPT_REFUSED',
    address: desired.address,
    message: `${desired.address} cannot adopt the key ${short(adoption.key)}: ${why}.`,
    hint,
  })
  if (!abilitiesOf(desired.kind).update)
    return say(
      'its API changes no names, so nothing could say whose it is',
      `deliverTo: [...]   issues a key of its own for ${desired.id}`,
    )
  switch (owner.who) {
    case 'foreign':
      return null
    case 'other-stack':
      if (adoption.from === owner.marker.stack) return null
      return say(
        `it carries the marker of the stack ${owner.marker.stack}`,
        `from: ${owner.marker.stack}   in its adopt entry, and handedOver there`,
      )
    case 'ours':
      return say(
        `it is recorded as ${owner.address}`,
        `moved: [{ from: ${owner.address.slice(owner.address.indexOf('/') + 1)}, to: ${desired.id} }]`,
      )
    case 'unclaimed':
      return say(`it carries the marker of ${owner.address}, which this state never issued`, 'keywright state rebuild')
    case 'derived':
      return say('the API made it out of a key of this stack', 'keywright census')
    default:
      return owner satisfies never
  }
}

function short(id: string): string {
  return id.length > 12 ? `${id.slice(0, 12)}...` : id
}
