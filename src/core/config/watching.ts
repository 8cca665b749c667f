/** `loop`, `notify` and `heartbeat`: how nobody has to watch. Pure; the schema has spoken before. */
import type { Diagnostic, SourceRange } from '../diagnostic.ts'
import { durationOf } from '../manifest/entry.ts'
import { isMapping, type Mapping, mappingAt, member, type SourceDocument, sequenceAt } from '../manifest/source.ts'
import { DAY, MINUTE, type Millis } from '../time.ts'
import type { TokenSource } from './config.ts'
import { tokenSources } from './sources.ts'
import { judgeUrl } from './url.ts'

/** What somebody may want to be told, one word per cause. */
export const ALERT_KINDS = [
  'held-outside',
  'place-broken',
  'retire-late',
  'guard-refused',
  'quota-low',
  'expiry-near',
  'management-key-old',
  'loop-failed',
  'rotated',
] as const

export type AlertKind = (typeof ALERT_KINDS)[number]

interface Channel {
  /** Stays the same when the list is sorted anew: what was told is remembered under it. */
  readonly id: string
  readonly on: readonly AlertKind[]
  /** Minutes after midnight UTC of the daily digest; `null` is none. */
  readonly digest: number | null
}

/** Where alerts go. The address of a Slack webhook is a secret, that of an HTTP receiver is not. */
export type ChannelConfig =
  | (Channel & { readonly kind: 'slack'; readonly url: readonly TokenSource[] })
  | (Channel & { readonly kind: 'http'; readonly url: string; readonly secret: readonly TokenSource[] })

export interface LoopConfig {
  /** A key that was deleted outside: left alone, or issued again. */
  readonly onMissing: 'hold' | 'reissue'
  /** How often a git repository is asked for something new. */
  readonly poll: Millis
  /** Where the secret of the push webhook is found; empty: there is no webhook. */
  readonly webhookSecret: readonly TokenSource[]
  /** Age at which the credential of a provider is called old. */
  readonly managementKeyAge: Millis
}

export interface Watching {
  readonly loop: LoopConfig
  readonly notify: readonly ChannelConfig[]
  /** Where the address is found that is asked for after each good run; empty: none. */
  readonly heartbeat: readonly TokenSource[]
}

export function watchingOf(root: Mapping): Watching {
  return {
    loop: loopOf(mappingAt(root, 'loop')),
    notify: sequenceAt(root, 'notify').filter(isMapping).flatMap(channelOf),
    heartbeat: tokenSources(member(root, 'heartbeat')),
  }
}

export function loopOf(written: Mapping): LoopConfig {
  return {
    onMissing: written.onMissing === 'reissue' ? 'reissue' : 'hold',
    poll: durationOf(written.poll) || MINUTE,
    webhookSecret: tokenSources(written.webhookSecret),
    managementKeyAge: durationOf(written.managementKeyAge) || 90 * DAY,
  }
}

function channelOf(written: Mapping): readonly ChannelConfig[] {
  const { kind, url } = written
  const base = { on: kindsOf(written), digest: minuteOf(written.digest) }
  if (kind === 'slack') {
    const sources = tokenSources(url)
    return [{ kind, id: `slack ${sources.map(sourceId).join(' ')}`, url: sources, ...base }]
  }
  if (kind !== 'http' || typeof url !== 'string') return []
  return [{ kind, id: `http ${url}`, url, secret: tokenSources(written.secret), ...base }]
}

function sourceId(source: TokenSource): string {
  if ('env' in source) return source.env
  if ('stored' in source) return `${source.stored} ${Object.values(source.at).join('#')}`
  if ('oidc' in source) return source.oidc.exchange
  return 'file' in source ? source.file : source.exec.join(' ')
}

function kindsOf(written: Mapping): readonly AlertKind[] {
  if (!Object.hasOwn(written, 'on')) return ALERT_KINDS
  const words = sequenceAt(written, 'on')
  return ALERT_KINDS.filter((kind) => words.includes(kind))
}

/** `08:30` is 510. */
function minuteOf(text: unknown): number | null {
  const [, hours, minutes] = /^(\d\d):(\d\d)$/.exec(typeof text === 'string' ? text : '') ?? []
  return hours === undefined || minutes === undefined ? null : Number(hours) * 60 + Number(minutes)
}

/** Receivers whose address cannot be read in exactly one way, or that would be told in the clear. */
export function notifyUrlDiagnostics(
  notify: Watching['notify'],
  range: (index: number) => SourceRange,
): readonly Diagnostic[] {
  return notify.flatMap((channel, index) => {
    if (channel.kind !== 'http') return []
    const judged = judgeUrl(channel.url)
    const plain = 'url' in judged && judged.url.scheme === 'http' && !judged.url.loopback
    const wrong = 'wrong' in judged ? judged.wrong : plain ? 'is http; use https' : null
    if (wrong === null) return []
    const message = `The address ${wrong}.`
    const hint = 'url: https://hooks.example.com/keywright'
    return [{ severity: 'error', code: 'CONFIG_URL_INVALID', message, hint, at: range(index) }]
  })
}

/** Where the address of a member of `notify` is written. */
export function notifyRange(document: SourceDocument, index: number): SourceRange {
  const root = isMapping(document.data) ? document.data : {}
  const one = sequenceAt(root, 'notify').filter(isMapping)[index] ?? {}
  return document.range(one, 'url', 'value')
}
