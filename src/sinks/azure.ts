/**
 * Secrets in an Azure Key Vault: the whole of one, or a member of one that is a JSON object.
 *
 * Each write adds a version, with its stamp in the tags. The service knows no condition: a write that is held up for long enough lands on
 * top of a later one, and of two that change neighbours in the same moment one may be lost. So R10 applies here, not R9. Nothing is
 * deleted: an emptied place is a version that was disabled, since a deleted secret blocks its own name.
 */
import { type AzureConfig, azureHome } from '../core/azure-kind.ts'
import { plainAddress } from '../core/config/url.ts'
import { isKeywrightError } from '../core/diagnostic.ts'
import { Secret } from '../core/secret.ts'
import { SECOND } from '../core/time.ts'
import { systemClock } from '../io/clock.ts'
import { fingerprintOf } from '../io/digest.ts'
import { peer } from '../io/peer.ts'
import type { PlaceAt, SecretSink } from '../ports/secret-sink.ts'
import { type Line, line } from './azure/line.ts'
import { credentialOf } from './azure/login.ts'
import { look, type Seen, versionsOf } from './azure/look.ts'
import { assertWritable, enableVersion, openedVersion, setVersion, updateVersion } from './azure/put.ts'
import { refuseStranger, stampName, stampOf, tagsWith } from './azure/stamp.ts'
import { fingerprint } from './bytes.ts'
import type { SinkContext } from './context.ts'
import { heldIn, withHeld, withoutHeld } from './field-text.ts'
import { readingOf, versionOf } from './held.ts'
import { type Insistence, insist } from './insist.ts'
import { lanes } from './lanes.ts'
import { conflict, ownPlace } from './own-place.ts'

export interface AzureTuning extends Insistence {
  /** For one request, in real time. */
  readonly timeoutMillis: number
}

const TUNING: AzureTuning = { clock: systemClock, random: Math.random, timeoutMillis: 15 * SECOND }

/** Sends nothing yet. Throws `PACKAGE_MISSING`, and `SINK_DENIED` for credentials that are not there. */
export async function openAzure(
  config: AzureConfig,
  context: SinkContext,
  tuning: Partial<AzureTuning> = {},
): Promise<SecretSink> {
  const { timeoutMillis, ...insistence } = { ...TUNING, ...tuning }
  const credential = await credentialOf(config.auth ?? { kind: 'default' }, context, insistence.clock)
  const by = `the sink ${context.name}`
  const packages = ['@azure/keyvault-secrets'] as const
  const { SecretClient } = await peer(() => import('@azure/keyvault-secrets'), { by, packages })
  const vault = plainAddress(config.vault)
  const client = new SecretClient(vault, credential, { ...surroundings(vault), retryOptions: { maxRetries: 0 } })
  return sinkOf(line({ client, name: context.name, vault, timeoutMillis }), azureHome(config), insistence)
}

/** A vault on this machine is one for tests: its challenge names Azure, and it may speak plain HTTP. */
function surroundings(vault: string) {
  const isHere = /^https?:\/\/(?:127\.|localhost)/.test(vault)
  return isHere ? { disableChallengeResourceVerification: true, allowInsecureConnection: true } : {}
}

/** Times a change starts over, while a deleted secret comes back. */
const MOST_MOVES = 5

function sinkOf(to: Line, home: string, insistence: Insistence): SecretSink {
  const inLane = lanes()
  const looking = <T>(place: PlaceAt, work: (seen: Seen) => Promise<T>): Promise<T> =>
    insist(insistence, async () => {
      ownPlace(place, home)
      return work(await look(to, place))
    })
  const changing = <T>(place: PlaceAt, work: (seen: Seen) => Promise<T | 'moved'>): Promise<T> =>
    inLane(place.at.path ?? '', async () => {
      for (let tried = 1; tried <= MOST_MOVES; tried++) {
        const done = await looking(place, work)
        if (done !== 'moved') return done
      }
      throw conflict(place)
    })
  return {
    kind: 'azure-key-vault',
    capabilities: { readable: true, conditional: false },
    preflight: (place) =>
      looking(place, async (seen) => {
        const held = heldIn(seen.text, place)
        if (held !== null) refuseStranger(place, seen.tags, to.vaultName)
        await assertWritable(to, place, seen)
        return { version: versionOf(held) }
      }),
    write: (place, bytes) => changing(place, (seen) => write(to, { place, seen, bytes })),
    read: (place) => looking(place, async (seen) => dated(readingOf(heldIn(seen.text, place)), seen)),
    remove: (place, ifFingerprint) => changing(place, (seen) => empty(to, { place, seen }, ifFingerprint)),
    restore: (place, print) =>
      changing(place, async (seen) => {
        if (versionOf(heldIn(seen.text, place)) === print) return { version: print }
        const bytes = await earlierWith(to, place, print)
        return bytes === null ? null : write(to, { place, seen, bytes })
      }),
    retired: (place) => inLane(place.at.path ?? '', () => looking(place, (seen) => lockOld(to, place, seen))),
  }
}

type At = { readonly place: PlaceAt; readonly seen: Seen }

async function write(to: Line, { place, seen, bytes }: At & { readonly bytes: Secret }) {
  const held = heldIn(seen.text, place)
  const version = fingerprint(bytes)
  const tags = tagsWith(seen.tags, place, version)
  if (versionOf(held) === version) {
    await stamped(to, { place, seen }, tags)
    return { version }
  }
  if (held !== null) refuseStranger(place, seen.tags, to.vaultName)
  const landed = await setVersion(to, place, seen, { text: withHeld(seen.text, place, bytes), tags })
  return landed === 'moved' ? 'moved' : { version }
}

/** The bytes were there already: only whose they are may have changed. A courtesy. */
async function stamped(to: Line, { place, seen }: At, tags: Seen['tags']): Promise<void> {
  const name = stampName(place)
  if (place.owner === undefined || seen.version === null || tags[name] === seen.tags[name]) return
  await updateVersion(to, place, seen.version, { tags }).catch(forgive)
}

async function empty(to: Line, { place, seen }: At, ifFingerprint: string): Promise<boolean | 'moved'> {
  const held = heldIn(seen.text, place)
  if (held === null || seen.version === null) return true
  if (fingerprintOf(held) !== ifFingerprint) return false
  const rest = withoutHeld(seen.text ?? '', place)
  const tags = tagsWith(seen.tags, place, null)
  if (rest === null) {
    await enableVersion(to, place, seen.version, false)
    return true
  }
  return (await setVersion(to, place, seen, { text: rest, tags })) === 'moved' ? 'moved' : true
}

/** Versions that are looked into without a stamp that speaks of these bytes. */
const FARTHEST = 30

/** The content of the place in a kept version that held exactly these bytes, `null` when none is left. */
async function earlierWith(to: Line, place: PlaceAt, print: string): Promise<Secret | null> {
  const all = await versionsOf(to, place)
  const stamped = all.filter(({ tags }) => stampOf(tags ?? {}, place)?.fingerprint === print)
  const others = all.filter((one) => !stamped.includes(one) && one.enabled !== false).slice(0, FARTHEST)
  for (const { version = '' } of [...stamped, ...others]) {
    const held = heldIn((await openedVersion(to, place, version)).text, place)
    if (held !== null && fingerprintOf(held) === print) return Secret.of(held)
  }
  return null
}

/** The version that counts stays. */
async function lockOld(to: Line, place: PlaceAt, seen: Seen): Promise<void> {
  const { owner } = place
  if (owner === undefined || seen.version === null) return
  for (const { version = '', tags = {}, enabled } of await versionsOf(to, place)) {
    const stamp = stampOf(tags, place)
    const isOld = stamp?.lineage === owner.lineage && stamp.n === owner.n && version !== seen.version
    if (isOld && enabled !== false) await enableVersion(to, place, version, false).catch(forgive)
  }
}

/** Without the right it stays as it is. */
function forgive(error: unknown): void {
  if (!isKeywrightError(error, 'SINK_DENIED')) throw error
}

function dated(reading: ReturnType<typeof readingOf>, { storedAt }: Seen): ReturnType<typeof readingOf> {
  return reading === null || storedAt === undefined ? reading : { ...reading, storedAt }
}
