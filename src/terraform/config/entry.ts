/**
 * A resource block as one entry of a manifest, and the key it declares. Defaults, checks and words are those of manifests; what only
 * Terraform has (`unlimited`, `rotate_when`, unknown values) is dealt with here.
 */
import { attribute, attributesOf } from '../../core/attributes.ts'
import type { Code } from '../../core/codes/index.ts'
import type { Config } from '../../core/config/config.ts'
import { resolveConfig } from '../../core/config/resolve.ts'
import type { Diagnostic } from '../../core/diagnostic.ts'
import type { DesiredKey } from '../../core/key.ts'
import { faultsOf } from '../../core/manifest/complaint.ts'
import { resolveManifests } from '../../core/manifest/resolve.ts'
import type { Millis } from '../../core/time.ts'
import { judge } from '../../io/project/judge.ts'
import { camel, snake } from '../names.ts'
import { memberOf, textOf } from '../plain.ts'
import type { TerraformKind } from '../schema/provider.ts'
import type { Path } from '../server/diagnostic.ts'
import { isList, isMap, isUnknown, type Value, type ValueMap } from '../values/value.ts'
import { Sheet } from './document.ts'
import { dataOf, mappingOf, type Written } from './mapping.ts'

export interface Declared {
  /** `null` when something is wrong, or not known yet. */
  readonly key: DesiredKey | null
  /** As `key`, with `every` as it is written, also where nothing looks at it. */
  readonly written: DesiredKey | null
  readonly rotateWhen: string | null
  /** Names of the block that are not known yet. */
  readonly unknown: ReadonlySet<string>
  readonly diagnostics: readonly Diagnostic[]
}

export interface Setting {
  readonly kind: TerraformKind
  /** Of the provider; `null` while it is not known (validation): then places are not judged. */
  readonly config: Config | null
  readonly now: Millis
  /** State of a key that exists: an end that has passed is no mistake then, and nobody has to receive a secret. */
  readonly prior: ValueMap | null
}

export async function declared(block: ValueMap, setting: Setting): Promise<Declared> {
  const sheet = new Sheet()
  const written: Written = { unknown: new Set(), sheet }
  const rotation = memberOf(block, 'rotation')
  const entry = entryOf(block, setting, written)
  const id = textOf(memberOf(block, 'key_id')) ?? STAND_IN
  const keys = { [id]: entry }
  sheet.mark(keys, id, ['key_id'])
  const document = sheet.document({ keys })
  const judged = await judge(document, 'manifest')
  const { keys: resolved, diagnostics } = resolveManifests({
    documents: [{ document, ofEnvironment: false }],
    config: withNobody(setting.config ?? stranger(setting.kind)),
    now: setting.now,
    tables: () => null,
    faults: faultsOf(judged.spots),
    pastExpiry: setting.prior ? 'warning' : 'error',
  })
  const own = [...limitProblems(block, setting.kind, sheet), ...onProblems(rotation, sheet)]
  const all = [...judged.diagnostics, ...diagnostics, ...own].filter((one) => counts(one, written))
  const [found = null] = resolved
  const isWhole = written.unknown.size === 0 && !all.some(({ severity }) => severity === 'error')
  const key = found && isWhole ? named(found, setting, block) : null
  return {
    key: key && withoutAge(key, rotation),
    written: key,
    rotateWhen: textOf(memberOf(rotation, 'rotate_when')),
    unknown: written.unknown,
    diagnostics: all,
  }
}

/** Id of a block whose own is not known yet. */
const STAND_IN = 'not-known-yet'

/** Stands for the place of a key that others delivered, and of one whose places cannot be judged yet. */
const NOBODY = 'nobody-of-ours'

const extended = new WeakMap<Config, Config>()

function withNobody(config: Config): Config {
  const made: Config = extended.get(config) ?? {
    ...config,
    sinks: new Map([...config.sinks, [NOBODY, { kind: 'memory' }]]),
  }
  extended.set(config, made)
  return made
}

function isNobody(places: Value): boolean {
  return places === null || (isList(places) && places.length === 0)
}

const strangers = new Map<TerraformKind, Config>()

/** What stands in for the provider block while a block is only validated. */
function stranger(kind: TerraformKind): Config {
  const known = strangers.get(kind) ?? strangerOf(kind)
  strangers.set(kind, known)
  return known
}

function strangerOf(kind: TerraformKind): Config {
  const providers = { [kind]: { kind, token: { env: 'TOKEN' }, ...(kind === 'strait' ? { project: 'project' } : {}) } }
  const { config } = resolveConfig(new Sheet().document({ version: 1, stack: 'stack', providers }), null)
  if (!config) throw new RangeError('the stand-in for a provider block has an error')
  return config
}

const OWN: ReadonlySet<string> = new Set(['key_id', 'unlimited', 'rotation', 'deliver_to', 'labels', 'unmanaged'])

function entryOf(block: ValueMap, { kind, config, prior }: Setting, written: Written): object {
  const entry: Record<string, unknown> = mappingOf(block, [], {
    ...written,
    name: (member) => (INPUTS[kind].has(member) && !OWN.has(member) ? camel(member) : null),
  })
  const put = (name: string, value: unknown, path: Path): void => {
    if (value === undefined) return
    entry[name] = value
    written.sheet.mark(entry, name, path)
  }
  put('provider', kind, [])
  if (isUnknown(memberOf(block, 'key_id'))) written.unknown.add('key_id')
  const unlimited = dataOf(memberOf(block, 'unlimited'), ['unlimited'], written)
  if (unlimited === true && entry.limit === undefined) put('limit', 'unlimited', ['unlimited'])
  for (const [name, value] of leftAlone(block, kind, prior))
    if (entry[name] === undefined) put(name, value, ['unmanaged'])
  const rotation = dataOf(rotationOf(memberOf(block, 'rotation')), ['rotation'], written)
  if (typeof rotation === 'object' && Object.keys(rotation ?? {}).length > 0) put('rotation', rotation, ['rotation'])
  const labels = memberOf(block, 'labels')
  if (isUnknown(labels)) written.unknown.add('labels')
  if (isMap(labels))
    put('labels', mappingOf(labels, ['labels'], { ...written, name: (member) => member, keys: true }), ['labels'])
  const unmanaged = dataOf(camels(memberOf(block, 'unmanaged')), ['unmanaged'], written)
  put('unmanaged', unmanaged, ['unmanaged'])
  const places = dataOf(memberOf(block, 'deliver_to'), ['deliver_to'], written)
  const isDelivered = config === null || (prior && isNobody(memberOf(block, 'deliver_to')))
  put('deliverTo', isDelivered ? [{ sink: NOBODY, path: 'nobody' }] : places, ['deliver_to'])
  return entry
}

const SHARED = [
  'name',
  'owner',
  'purpose',
  'link',
  'labels',
  'expires_in',
  'rotation',
  'protect',
  'unmanaged',
  'deliver_to',
]

const INPUTS: Readonly<Record<TerraformKind, ReadonlySet<string>>> = {
  openrouter: new Set([...SHARED, ...fieldNames('openrouter'), 'workspace_id', 'guardrail']),
  strait: new Set([...SHARED, ...fieldNames('strait')]),
}

function fieldNames(kind: TerraformKind): readonly string[] {
  return attributesOf(kind).map(({ name }) => snake(name))
}

/** Fields that nobody manages: the next generation is born with what the present one has; the first one with a limit of 0. */
function leftAlone(
  block: ValueMap,
  kind: TerraformKind,
  prior: ValueMap | null,
): readonly (readonly [string, unknown])[] {
  const unmanaged = memberOf(block, 'unmanaged')
  const names = isList(unmanaged) ? unmanaged : []
  return attributesOf(kind).flatMap(({ name }): readonly (readonly [string, unknown])[] => {
    if (!names.includes(snake(name)) || memberOf(block, snake(name)) !== null) return []
    const value = memberOf(prior, snake(name))
    const birth = name === 'limit' ? (value ?? (memberOf(prior, 'unlimited') === true ? 'unlimited' : 0)) : value
    return birth === null || isUnknown(birth) ? [] : [[name, birth]]
  })
}

/** What manifests know of it. */
function rotationOf(value: Value): Value {
  if (!isMap(value)) return value
  const { rotate_when: _, on: __, ...rest } = value
  return rest
}

function camels(value: Value): Value {
  return isList(value) ? value.map((name) => (typeof name === 'string' ? camel(name) : name)) : value
}

/** Only `on = "apply"` looks at the age of a key. */
function withoutAge(key: DesiredKey, rotation: Value): DesiredKey {
  return memberOf(rotation, 'on') === 'apply' ? key : { ...key, rotation: { ...key.rotation, every: null } }
}

/** A removed key ends at once: nobody would come back for it. What asks for a rotation is part of what was decided. */
function named(key: DesiredKey, { config }: Setting, block: ValueMap): DesiredKey {
  const asked = textOf(memberOf(memberOf(block, 'rotation'), 'rotate_when'))
  const digest = asked === null ? key.digest : `${key.digest} ${asked}`
  const places = key.places.filter(({ sink }) => sink !== NOBODY)
  return { ...key, places, digest, removalHold: 0, stack: config?.stack ?? key.stack }
}

/** Exactly one of `limit`, `unlimited = true`, and `unmanaged` naming it. */
function limitProblems(block: ValueMap, kind: TerraformKind, sheet: Sheet): readonly Diagnostic[] {
  if (attribute('limit')?.kinds[kind] === undefined) return []
  const unmanaged = memberOf(block, 'unmanaged')
  const names = isList(unmanaged) ? unmanaged : []
  const said = [
    ...(memberOf(block, 'limit') === null ? [] : ['limit']),
    ...(memberOf(block, 'unlimited') === true ? ['unlimited'] : []),
    ...(names.includes('limit') ? ['unmanaged'] : []),
  ]
  if (said.length < 2) return []
  const [first = '', second = ''] = said
  return [
    wrong(
      sheet,
      [second],
      `Both ${first} and ${second} speak of the limit; exactly one of limit, unlimited = true and unmanaged = ["limit"] must.`,
      `remove ${second}`,
    ),
  ]
}

function onProblems(rotation: Value, sheet: Sheet): readonly Diagnostic[] {
  const on = memberOf(rotation, 'on')
  if (on === null || isUnknown(on) || on === 'apply' || on === 'rotate_when') return []
  return [wrong(sheet, ['rotation', 'on'], '"on" must be rotate_when or apply.', 'on = "apply"')]
}

function wrong(sheet: Sheet, path: Path, message: string, hint: string): Diagnostic {
  const container = {}
  sheet.mark(container, '', path)
  const at = sheet.document({}).range(container, '', 'value')
  return { severity: 'error', code: 'MANIFEST_WRONG_VALUE', message, hint, at }
}

/** What cannot be judged yet is judged later: nothing is said about a value that is not known. */
function counts({ code }: Diagnostic, { unknown }: Written): boolean {
  return !(ABOUT[code] ?? []).some((name) => unknown.has(name))
}

const ABOUT: Readonly<Partial<Record<Code, readonly string[]>>> = {
  MANIFEST_LIMIT_MISSING: ['limit', 'unlimited', 'unmanaged'],
  MANIFEST_SCOPES_MISSING: ['scopes'],
  MANIFEST_DELIVER_MISSING: ['deliver_to'],
  MANIFEST_ROTATION_IMPOSSIBLE: ['rotation', 'expires_in', 'deliver_to'],
  MANIFEST_PLACE_INVALID: ['deliver_to'],
  MANIFEST_PLACE_DUPLICATE: ['deliver_to'],
  MANIFEST_BUDGET_IMPOSSIBLE: ['rotation', 'limit'],
  MANIFEST_EXPIRY_MISSING: ['expires_in'],
  MANIFEST_EXPIRY_CONFLICT: ['expires_in', 'expires_at'],
  MANIFEST_NAME_INVALID: ['key_id', 'name'],
}
