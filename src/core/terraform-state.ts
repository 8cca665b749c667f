/**
 * Keys of OpenRouter's own Terraform provider in a state file (format 4): `openrouter_api_key`, which keeps the plaintext of the key in the
 * attribute `key` and its hash in `hash` (schema of OpenRouterTeam/terraform-provider-openrouter, docs/resources/api_key.md, read
 * 2026-11-28). Other providers of that name keep the hash in `id`.
 *
 * Only what is needed to find the live key is taken. A plaintext becomes a `Secret` here and is compared with a hash, nothing else: it is
 * neither written nor delivered, since a secret that lay in a state is to be replaced, not spread.
 */
import { isId } from './address.ts'
import { isMapping, type Mapping, member, sequenceAt } from './manifest/source.ts'
import { Secret } from './secret.ts'

type Path = readonly (string | number)[]

export interface StateKey {
  /** As Terraform calls it: `module.team["a"].openrouter_api_key.bot[0]`. Text of others. */
  readonly address: string
  /** What it might be called from now on; not unique. */
  readonly id: string
  /** `null`: the state does not tell it, and `secret` is there. */
  readonly hash: string | null
  readonly secret: Secret | null
  /** Terraform would have destroyed it and created another one. */
  readonly tainted: boolean
  readonly path: Path
}

export interface StateProblem {
  readonly path: Path
  /** An `error` is about the file, a `warning` about one key that is left out. */
  readonly severity: 'error' | 'warning'
  readonly message: string
  readonly hint: string
}

export interface StateKeys {
  readonly keys: readonly StateKey[]
  /** Managed resources of other kinds. */
  readonly others: number
  readonly problems: readonly StateProblem[]
}

/** Reads what a state file says; every problem at once. */
export function keysOfState(state: unknown): StateKeys {
  const problems: StateProblem[] = []
  const whole = wholeProblem(state)
  if (whole) return { keys: [], others: 0, problems: [whole] }
  const keys: StateKey[] = []
  let others = 0
  for (const [i, resource] of sequenceAt(state, 'resources').entries()) {
    if (!isMapping(resource)) {
      problems.push(broken(['resources', i], 'is no resource'))
      continue
    }
    if (resource.mode === 'data') continue
    if (!isKeyResource(resource)) {
      others += 1
      continue
    }
    if (!Array.isArray(resource.instances)) problems.push(broken(['resources', i], 'has no instances'))
    for (const [j, instance] of sequenceAt(resource, 'instances').entries()) {
      const found = instanceOf({ resource, instance, path: ['resources', i, 'instances', j] })
      if ('severity' in found) problems.push(found)
      else keys.push(found)
    }
  }
  return { keys, others, problems }
}

const PULL = 'terraform state pull > state.json'

function wholeProblem(state: unknown): StateProblem | null {
  const error = (path: Path, message: string, hint = PULL): StateProblem => ({ path, severity: 'error', message, hint })
  if (!isMapping(state)) return error([], 'This is no Terraform state.')
  if (member(state, 'encrypted_data') !== undefined)
    return error(['encrypted_data'], 'This state is encrypted.', 'tofu state pull > state.json')
  if (member(state, 'format_version') !== undefined)
    return error(['format_version'], 'This is what terraform show prints, or a plan, and no state file.')
  const { version } = state
  if (version !== 4)
    return error(
      version === undefined ? [] : ['version'],
      version === undefined
        ? 'This is no Terraform state: it has no version.'
        : 'State files of format 4 are read (Terraform 0.12 and later, OpenTofu); this is another one.',
      version === undefined
        ? PULL
        : 'terraform init && terraform refresh   with a later Terraform writes the file anew',
    )
  return Array.isArray(state.resources) ? null : error([], 'This state has no list of resources.')
}

function broken(path: Path, what: string): StateProblem {
  return { path, severity: 'error', message: `This entry of resources ${what}.`, hint: PULL }
}

/** Whoever the provider belongs to: the hash decides which live key is meant, and a wrong one meets none. */
function isKeyResource({ type, provider }: Mapping): boolean {
  return type === 'openrouter_api_key' && typeof provider === 'string' && /\/openrouter"\](?:\.[\w-]+)?$/.test(provider)
}

interface Found {
  readonly resource: Mapping
  readonly instance: unknown
  readonly path: Path
}

function instanceOf({ resource, instance, path }: Found): StateKey | StateProblem {
  if (!isMapping(instance)) return broken(path, 'has an instance that is none')
  const address = addressOf(resource, instance)
  const { attributes } = instance
  if (!isMapping(attributes)) return broken(path, 'has an instance without attributes')
  const hash = hashOf(attributes)
  if (hash === undefined)
    return {
      path: [...path, 'attributes', 'hash'],
      severity: 'error',
      message: `The hash of ${address} is none: 64 hex digits.`,
      hint: PULL,
    }
  const text = textAt(attributes, 'key')
  if (typeof instance.deposed === 'string') return deposed(path, address, hash)
  if (hash === null && text === null)
    return left(path, `${address} tells neither hash nor key, so no live key can be found for it`, 'keywright census')
  return {
    address,
    id: idOf(resource, instance),
    hash,
    secret: text === null ? null : Secret.of(text),
    tainted: instance.status === 'tainted',
    path,
  }
}

function left(path: Path, why: string, hint: string): StateProblem {
  return { path, severity: 'warning', message: `${why}. It is left out.`, hint }
}

/** What a replacement left behind: Terraform deletes it with its next apply. */
function deposed(path: Path, address: string, hash: string | null): StateProblem {
  const hint =
    hash === null
      ? 'terraform apply'
      : `terraform apply   deletes it; keywright leaked sha256:${hash}   only switches it off`
  return left(path, `An earlier object of ${address} waits for its deletion (deposed)`, hint)
}

/** `null` when there is none, `undefined` when it is something else. */
function hashOf(attributes: Mapping): string | null | undefined {
  const written = member(attributes, 'hash') ?? null
  if (written !== null) return typeof written === 'string' && HASH.test(written) ? written : undefined
  const id = textAt(attributes, 'id')
  return id !== null && HASH.test(id) ? id : null
}

const HASH = /^[0-9a-f]{64}$/

function textAt(attributes: Mapping, name: string): string | null {
  const value = member(attributes, name)
  return typeof value === 'string' && value !== '' ? value : null
}

function addressOf({ module, name }: Mapping, { index_key: index }: Mapping): string {
  const where = typeof module === 'string' ? `${module}.` : ''
  const which = typeof index === 'number' ? `[${index}]` : typeof index === 'string' ? `[${JSON.stringify(index)}]` : ''
  return `${where}openrouter_api_key.${String(name)}${which}`
}

/** `bot`, `bot-0`, `team-a/bot`: the path of modules in front. */
function idOf({ module, name }: Mapping, { index_key: index }: Mapping): string {
  const last = [String(name), ...(index === undefined || index === null ? [] : [String(index)])].join('-')
  const path = typeof module === 'string' ? modulesIn(module).join('-') : ''
  const id = [path, last]
    .filter((part) => part !== '')
    .map(segment)
    .join('/')
  return isId(id) ? id : 'imported'
}

function modulesIn(module: string): readonly string[] {
  const steps = [...module.matchAll(/(?:^|\.)module\.([\w-]+)(?:\[(\d+|"(?:[^"\\]|\\.)*")\])?/g)]
  return steps.flatMap(([, name = '', index]) => (index === undefined ? [name] : [name, index]))
}

function segment(text: string): string {
  const plain = text
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/-{2,}/g, '-')
    .replace(/^[^a-z0-9]+/, '')
  const short = plain.slice(0, 40).replace(/[-._]+$/, '')
  return short === '' ? 'key' : short
}
