/**
 * Secrets in Google Secret Manager: the whole of one, or a member of one that is a JSON object.
 *
 * Every change looks first, judges our part of the secret, and then changes it; it starts over when only a neighbour moved, and when an
 * answer was lost. What counts is one version: that of an alias, which is moved by a conditional update, or the latest one, for which the
 * service knows no condition (see `gcp/put.ts`). Nothing is deleted: an emptied place is a disabled version, which a human can enable.
 */

import { plainAddress } from '../core/config/url.ts'
import { type GcpConfig, gcpHome, gcpParent } from '../core/gcp-kind.ts'
import { SECOND } from '../core/time.ts'
import { systemClock } from '../io/clock.ts'
import { fingerprintOf } from '../io/digest.ts'
import { isObject, parseJson } from '../io/http/json.ts'
import { peer } from '../io/peer.ts'
import type { PlaceAt, SecretSink } from '../ports/secret-sink.ts'
import { fingerprint } from './bytes.ts'
import type { SinkContext } from './context.ts'
import { credentialFrom } from './credential.ts'
import { heldIn, withoutHeld } from './field-text.ts'
import { earlierWith } from './gcp/earlier.ts'
import { refuseStranger, stampOf } from './gcp/history.ts'
import { type Client, line } from './gcp/line.ts'
import { look, type Seen } from './gcp/look.ts'
import {
  addVersion,
  annotationsAfter,
  disableVersion,
  lockVersion,
  type Making,
  promote,
  put,
  update,
} from './gcp/put.ts'
import { type Asking, assertWritable } from './gcp/rights.ts'
import { readingOf, versionOf } from './held.ts'
import { type Insistence, insist } from './insist.ts'
import { lanes } from './lanes.ts'
import { conflict, ownPlace } from './own-place.ts'
import { denied } from './refusal.ts'

export interface CloudTuning extends Insistence {
  /** For one request, in real time. */
  readonly timeoutMillis: number
}

const TUNING: CloudTuning = { clock: systemClock, random: Math.random, timeoutMillis: 15 * SECOND }

/** Sends nothing yet. Throws `PACKAGE_MISSING`, and `SINK_DENIED` for credentials that are not there. */
export async function openGcp(
  config: GcpConfig,
  context: SinkContext,
  tuning: Partial<CloudTuning> = {},
): Promise<SecretSink> {
  const { timeoutMillis, ...insistence } = { ...TUNING, ...tuning }
  const client = await clientOf(config, context)
  const parts: Making & Asking = {
    line: line({ client, name: context.name, timeoutMillis }),
    parent: gcpParent(config),
    alias: config.alias ?? null,
    replicas: config.replicas ?? [],
    isRegional: config.location !== undefined,
    project: config.project,
    resourceManager: resourceManagerOf(config),
  }
  return sinkOf(parts, { config, insistence })
}

interface Ways {
  readonly config: GcpConfig
  readonly insistence: Insistence
}

/** Times a secret may move under one change before it counts as a conflict. */
const MOST_MOVES = 30

function sinkOf(parts: Making & Asking, { config, insistence }: Ways): SecretSink {
  const inLane = lanes()
  const home = gcpHome(config)
  const looking = <T>(place: PlaceAt, work: (seen: Seen) => Promise<T>): Promise<T> =>
    insist(insistence, async () => {
      ownPlace(place, home)
      return work(await look(parts, place))
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
    kind: 'gcp-secret-manager',
    capabilities: { readable: true, conditional: parts.alias !== null },
    preflight: (place) =>
      looking(place, async (seen) => {
        const held = heldIn(seen.text, place)
        if (held !== null) refuseStranger(place, seen.annotations)
        await assertWritable(parts, place, seen)
        return { version: versionOf(held) }
      }),
    write: (place, bytes, ifVersion) => changing(place, (seen) => write(parts, { place, seen, bytes, ifVersion })),
    read: (place) => looking(place, async (seen) => readingOf(heldIn(seen.text, place))),
    remove: (place, ifFingerprint) => changing(place, (seen) => empty(parts, { place, seen }, ifFingerprint)),
    restore: (place, print, ifVersion) =>
      changing(place, async (seen) => {
        if (versionOf(heldIn(seen.text, place)) === print) return { version: print }
        const bytes = await earlierWith(parts, place, seen, print)
        return bytes === null ? null : write(parts, { place, seen, bytes, ifVersion })
      }),
    retired: (place) => inLane(place.at.path ?? '', () => looking(place, (seen) => lockOld(parts, place, seen))),
    close: () => parts.line.close(),
  }
}

type At = { readonly place: PlaceAt; readonly seen: Seen }
type Writing = At & { readonly bytes: Parameters<SecretSink['write']>[1]; readonly ifVersion: string | null }

async function write(parts: Making, { place, seen, bytes, ifVersion }: Writing) {
  const held = heldIn(seen.text, place)
  const version = fingerprint(bytes)
  if (versionOf(held) === version && seen.version !== null) {
    if (isCounted(parts, seen) && isStamped(place, seen, version)) return { version }
    return (await promote(parts, { place, seen }, { version: seen.version, fingerprint: version })) === 'moved'
      ? 'moved'
      : { version }
  }
  if (held !== null) refuseStranger(place, seen.annotations)
  if (parts.alias !== null && versionOf(held) !== ifVersion) throw conflict(place)
  return (await put(parts, { place, seen }, bytes)) === 'moved' ? 'moved' : { version }
}

function isCounted({ alias }: Making, { aliases }: Seen): boolean {
  return alias === null || alias in aliases
}

function isStamped(place: PlaceAt, seen: Seen, print: string): boolean {
  const stamp = stampOf(seen.annotations, place)
  if (place.owner === undefined) return true
  const { address, lineage, n } = place.owner
  const isOurs = stamp?.address === address && stamp.lineage === lineage
  return isOurs && stamp.entries.some((one) => one.fingerprint === print && one.n === n && one.version === seen.version)
}

async function empty(parts: Making, { place, seen }: At, ifFingerprint: string): Promise<boolean | 'moved'> {
  const held = heldIn(seen.text, place)
  if (held !== null && fingerprintOf(held) !== ifFingerprint) return false
  const rest = held === null ? null : withoutHeld(seen.text ?? '', place)
  if (rest !== null) {
    const version = await addVersion(parts, place, rest)
    return (await promote(parts, { place, seen }, { version, fingerprint: null })) === 'moved' ? 'moved' : true
  }
  if (seen.etag === null) return true
  const isMoved = !(await forget(parts, { place, seen }, held !== null))
  if (isMoved) return 'moved'
  if (held !== null && seen.version !== null) await disableVersion(parts, place, seen.version)
  return true
}

/** Takes stamp and alias away. The stamp of a place that is empty already goes only if it is ours. */
async function forget(parts: Making, { place, seen }: At, wasHeld: boolean): Promise<boolean> {
  const { [parts.alias ?? '']: _, ...others } = seen.aliases
  const isOurs = wasHeld || stampOf(seen.annotations, place)?.lineage === place.owner?.lineage
  const annotations = isOurs
    ? annotationsAfter(seen.annotations, place, { version: 0, fingerprint: null })
    : seen.annotations
  const isSame =
    annotations === seen.annotations || Object.keys(annotations).length === Object.keys(seen.annotations).length
  if (parts.alias !== null && wasHeld) return update(parts, { place, seen }, { annotations, versionAliases: others })
  return isSame || (await update(parts, { place, seen }, { annotations }).catch(() => true))
}

/** What counts now, and what an alias points at, stays. */
async function lockOld(parts: Making, place: PlaceAt, seen: Seen): Promise<void> {
  const stamp = stampOf(seen.annotations, place)
  if (place.owner === undefined || stamp?.lineage !== place.owner.lineage) return
  const inUse = new Set([seen.version, ...Object.values(seen.aliases)])
  for (const { n, version } of stamp.entries)
    if (n === place.owner.n && !inUse.has(version)) await lockVersion(parts, place, version)
}

async function clientOf(config: GcpConfig, context: SinkContext): Promise<Client> {
  const by = `the sink ${context.name}`
  const packages = ['@google-cloud/secret-manager'] as const
  const { SecretManagerServiceClient } = await peer(() => import('@google-cloud/secret-manager'), { by, packages })
  const { credentials: source } = config
  const given =
    source === undefined
      ? {}
      : { credentials: documentOf((await credentialFrom(source, context, ANY_TEXT)).expose(), by) }
  return new SecretManagerServiceClient({ fallback: true, ...addressOf(config), ...given })
}

/** Throws `SINK_DENIED` for what is no JSON object, or would have tokens sent to somebody else than Google. */
function documentOf(text: string, by: string): Record<string, string> {
  const document = parseJson(text)
  if (!isObject(document))
    throw denied(
      `${by} finds credentials that are no JSON document`,
      'gcloud iam service-accounts keys create KEY_FILE',
    )
  for (const [name, value] of Object.entries(document)) {
    if (/_ur[il]$/.test(name) && typeof value === 'string' && !GOOGLE.test(value))
      throw denied(
        `${by} finds credentials whose ${name} is no address of Google`,
        'gcloud iam workload-identity-pools create-cred-config',
      )
  }
  return Object.fromEntries(
    Object.entries(document).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string' || isObject(entry[1]),
    ),
  )
}

const ANY_TEXT = /\S/
const GOOGLE =
  /^(?:https:\/\/(?:[a-z0-9-]+\.)*(?:googleapis|google)\.com|http:\/\/(?:127\.0\.0\.1|localhost)(?::\d+)?)(?:\/|$)/

function addressOf({ endpoint, location }: GcpConfig): { apiEndpoint?: string; port?: number; protocol?: string } {
  if (endpoint === undefined)
    return location === undefined ? {} : { apiEndpoint: `secretmanager.${location}.rep.googleapis.com` }
  const { protocol, hostname, port } = new URL(plainAddress(endpoint))
  return {
    apiEndpoint: hostname,
    protocol: protocol.slice(0, -1),
    port: Number(port || (protocol === 'http:' ? 80 : 443)),
  }
}

/** An endpoint on this machine stands for all of Google. */
function resourceManagerOf({ endpoint }: GcpConfig): string {
  if (endpoint !== undefined && /^https?:\/\/(?:127\.|localhost)/.test(endpoint)) return plainAddress(endpoint)
  return 'https://cloudresourcemanager.googleapis.com'
}
