/**
 * The place grammar: from an entry of `deliverTo` to one physical place.
 *
 * An entry is an object (`{ sink: vault, path: ci/x, field: key }`) or the text form `sink:path#field` (`dotenv:NAME`; plans
 * show `dotenv:.env.keys#NAME`, which is accepted too). Its *identity* is kind + address of the sink + path + field, so that
 * one physical place is one identity whatever its sink is called, and a sink that moves has new places. `at` holds paths below
 * the folder of keywright.yaml, a sink's `root` included, so a recorded place stays reachable when the sink is configured anew.
 */

import { awsHome } from './aws-kinds.ts'
import { azureHome } from './azure-kind.ts'
import { gcpHome } from './gcp-kind.ts'
import { githubHome, gitlabHome } from './git-host-kinds.ts'
import { matchesGlob } from './glob.ts'
import { httpHome } from './http-kind.ts'
import type { Place } from './key.ts'
import { kubernetesHome } from './kubernetes-kind.ts'
import { nearest } from './nearest.ts'
import { DOTENV_PATH, type Member, type MemberRow, SINK_KINDS, type SinkConfig } from './sink-kinds.ts'
import { templateProblems } from './template.ts'
import { vaultHome } from './vault-kind.ts'

export * from './sink-kinds.ts'

/** An entry of `deliverTo`, text or object. Unknown members are reported, not ignored. */
export type PlaceEntry = string | { readonly sink: string; readonly value?: string; readonly [member: string]: unknown }

export interface PlaceProblem {
  /** Member of the entry that is wrong; absent when it is the whole entry. */
  readonly member?: string
  readonly message: string
  readonly hint: string
}

export type ResolvedPlace = { readonly place: Place } | { readonly problems: readonly PlaceProblem[] }

type Members = Partial<Record<Member, string>>
type Written = Readonly<Record<string, unknown>>

/** Name of the sink an entry asks for. */
export function sinkNameOf(entry: PlaceEntry): string {
  return typeof entry === 'string' ? (entry.split(':', 1)[0] ?? '') : entry.sink
}

/** The place an entry means inside a configured sink, or everything that is wrong with the entry. */
export function resolvePlace(entry: PlaceEntry, sinkName: string, config: SinkConfig): ResolvedPlace {
  const written: Written = typeof entry === 'string' ? membersOfText(entry, config) : entry
  const rows: readonly MemberRow[] = SINK_KINDS[config.kind].members
  const problems = [
    ...unknownMembers(written, rows, config.kind),
    ...rows.flatMap((row) => memberProblems(row, written[row.member])),
    ...badTemplate(written.value),
    ...misfits(written, config),
  ]
  if (problems.length > 0) return { problems }
  const members = pick(rows, written)
  const refused = refusedByAllow(members, sinkName, config)
  if (refused !== null) return { problems: [refused] }
  const { value: template } = written
  const place = { sink: sinkName, ...locate(members, config), text: formatPlace(sinkName, members, config) }
  return { place: typeof template === 'string' ? { ...place, template } : place }
}

/** Splits `sink:path#field`; for dotenv `sink:NAME` or `sink:file#NAME`, where the file must be the configured one. */
function membersOfText(text: string, config: SinkConfig): Written {
  const rest = text.includes(':') ? text.slice(text.indexOf(':') + 1) : ''
  if (config.kind === 'dotenv' && rest.startsWith(`${pathOf(config)}#`))
    return { name: rest.slice(rest.indexOf('#') + 1) }
  if (config.kind === 'dotenv') return { name: rest }
  const hash = rest.indexOf('#')
  return hash < 0 ? { path: rest } : { path: rest.slice(0, hash), field: rest.slice(hash + 1) }
}

function unknownMembers(written: Written, rows: readonly MemberRow[], kind: string): PlaceProblem[] {
  const known = ['sink', 'value', ...rows.map((row) => row.member)]
  return Object.keys(written)
    .filter((member) => !known.includes(member))
    .map((member) => {
      const near = nearest(member, known)
      const hint = near === null ? `use ${known.slice(2).join(', ')}` : `did you mean ${near}?`
      return { member, message: `a place of kind ${kind} takes no "${member}"`, hint }
    })
}

function memberProblems(row: MemberRow, value: unknown): PlaceProblem[] {
  const { member, example } = row
  if (value === undefined) {
    return row.required ? [{ member, message: `the place has no ${member}`, hint: `${member}: ${example}` }] : []
  }
  if (typeof value === 'string' && formOf(row).test(value)) return []
  return [{ member, message: `${member} ${row.wrong ?? WRONG[member]}`, hint: `${member}: ${example}` }]
}

const forms = new WeakMap<MemberRow, RegExp>()

function formOf(row: MemberRow): RegExp {
  const form = forms.get(row) ?? new RegExp(row.pattern, 'u')
  forms.set(row, form)
  return form
}

const WRONG: Readonly<Record<Member, string>> = {
  name: 'must be a variable name: letters, digits and _, not starting with a digit',
  path: 'must be a relative path with / between its parts: no leading /, no "..", ".", empty part, backslash or "#", and not inside .git',
  field: 'must be a member name, or several with dots between them: letters, digits, _ and -',
}

function badTemplate(template: unknown): PlaceProblem[] {
  if (typeof template !== 'string') return []
  return templateProblems(template).map((problem) => ({ member: 'value', ...problem }))
}

/** What the sink takes in general, and not under this configuration. */
function misfits({ path, value }: Written, config: SinkConfig): PlaceProblem[] {
  if (config.kind === 'gitlab-variables' && (config.masked ?? true) && typeof value === 'string' && /\s/.test(value)) {
    const message = 'a masked variable of GitLab may hold no white space, and value does'
    return [{ member: 'value', message, hint: 'masked: false   in the sink, or a value without spaces' }]
  }
  const isEnvironment = typeof path === 'string' && path.split('/').length > 2
  if (config.kind !== 'github-actions' || !isEnvironment || (config.secrets ?? 'actions') === 'actions') return []
  const message = `secrets of ${config.secrets} belong to repositories and organisations; environments have none`
  return [{ member: 'path', message, hint: `path: ${path.split('/', 2).join('/')}` }]
}

function pick(rows: readonly MemberRow[], written: Written): Members {
  const members: Members = {}
  for (const { member } of rows) {
    const value = written[member]
    if (typeof value === 'string') members[member] = value
  }
  return members
}

function refusedByAllow(members: Members, sinkName: string, config: SinkConfig): PlaceProblem | null {
  const subject = members.name ?? members.path ?? ''
  const whole = members.field === undefined ? subject : `${subject}#${members.field}`
  const { allow } = config
  if (allow === undefined || allow.some((glob) => matchesGlob(glob, subject) || matchesGlob(glob, whole))) return null
  return {
    member: members.name === undefined ? 'path' : 'name',
    message: `the sink ${sinkName} does not allow the place ${whole}`,
    hint: `add it to sinks.${sinkName}.allow in keywright.yaml: ${JSON.stringify(subject)}`,
  }
}

function pathOf(config: { readonly path?: string }): string {
  return config.path ?? DOTENV_PATH
}

/** Identity, and the address as the sink itself takes it. */
function locate(members: Members, config: SinkConfig): Pick<Place, 'identity' | 'at'> {
  const { name, path = '', field } = members
  if (config.kind === 'dotenv') {
    const file = pathOf(config)
    return { identity: `dotenv:${file}#${name}`, at: { path: file, name: name ?? '' } }
  }
  const below = 'root' in config && config.root !== undefined ? `${config.root}/${path}` : path
  const spelled = FOLDED.has(config.kind) ? below.toLowerCase() : below
  const end = field === undefined ? '' : `#${field}`
  const identity = `${addressOf(config)}:${spelled}${end}`
  return { identity, at: field === undefined ? { path: below } : { path: below, field } }
}

/** Services to which `Acme/App` and `acme/app` are the same. */
const FOLDED: ReadonlySet<string> = new Set(['github-actions', 'gitlab-variables'])

/** What identities start with: two sinks with the same one lead to the same places. */
function addressOf(config: SinkConfig): string {
  switch (config.kind) {
    case 'vault':
      return vaultHome(config)
    case 'gcp-secret-manager':
      return gcpHome(config)
    case 'azure-key-vault':
      return azureHome(config)
    case 'aws-secrets-manager':
    case 'aws-ssm':
      return awsHome(config)
    case 'kubernetes':
      return kubernetesHome(config)
    case 'github-actions':
      return githubHome(config)
    case 'gitlab-variables':
      return gitlabHome(config)
    case 'http':
      return httpHome(config)
    case 'exec':
      return `exec:${JSON.stringify(config.command)}`
    default:
      return config.kind
  }
}

/** `sink:path#field`, as plans show it and as `resolvePlace` reads it back. */
function formatPlace(sinkName: string, { name, path, field }: Members, config: SinkConfig): string {
  if (config.kind === 'dotenv') return `${sinkName}:${pathOf(config)}#${name}`
  return field === undefined ? `${sinkName}:${path}` : `${sinkName}:${path}#${field}`
}

const ON_DISK: ReadonlySet<string> = new Set(['dotenv', 'file', 'age', 'sops'])

/** True when two places cannot both hold what they should: the same identity, or the same file used whole, nested or by two kinds. */
export function clashes(a: Place, b: Place): boolean {
  if (a.identity === b.identity) return true
  if (isAround(a, b) || isAround(b, a)) return true
  const [kindA = '', kindB = ''] = [a, b].map((place) => place.identity.split(':', 1)[0])
  if (!ON_DISK.has(kindA) || !ON_DISK.has(kindB) || a.at.path !== b.at.path) return false
  return kindA !== kindB || nested(a.at.field, b.at.field) || nested(b.at.field, a.at.field)
}

/** Services whose secrets are used whole or by their members; dots lead into nested objects, but for AWS. */
const BY_MEMBER = /^(?:aws-secrets-manager|gcp-secret-manager|azure-key-vault):/

function isAround(outer: Place, inner: Place): boolean {
  if (!BY_MEMBER.test(outer.identity)) return false
  if (outer.at.field === undefined) return inner.identity.startsWith(`${outer.identity}#`)
  return !outer.identity.startsWith('aws-') && inner.identity.startsWith(`${outer.identity}.`)
}

/** Only asked about one file: a whole file holds every field, and `a` holds `a.b`; two names of a dotenv file have no field. */
function nested(outer: string | undefined, inner: string | undefined): boolean {
  if (outer === undefined) return inner !== undefined
  return inner?.startsWith(`${outer}.`) === true
}
