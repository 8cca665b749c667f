/** Which stack a run is about: `stack:` at the top, or the one of the environment asked for with -e. */
import { isStack } from '../address.ts'
import type { Diagnostic } from '../diagnostic.ts'
import { complaint, type Faults } from '../manifest/complaint.ts'
import { shown } from '../manifest/looks-secret.ts'
import { isMapping, type Mapping, mappingAt, member, type SourceDocument } from '../manifest/source.ts'
import { didYouMean, listed } from '../suggest.ts'

export interface Chosen {
  readonly stack: string
  readonly environment: string | null
  readonly stacks: readonly string[]
  /** Members of the environment; empty without environments. */
  readonly settings: Mapping
}

export interface Asked {
  readonly document: SourceDocument
  readonly root: Mapping
  readonly env: string | null
  readonly faults: Faults
  readonly report: Diagnostic[]
}

/** `null`, with diagnostics, when no stack can be told. */
export function chooseEnvironment(asked: Asked): Chosen | null {
  const { root, document, report } = asked
  const { stack, environments } = root
  if (stack !== undefined && environments !== undefined) {
    const message = 'Both "stack" and "environments" are written; each environment has a stack of its own.'
    const said = { code: 'CONFIG_STACK_AND_ENVIRONMENTS', message, hint: 'remove stack:', part: 'key' } as const
    report.push(complaint({ document, container: root, member: 'stack' }, said))
  }
  return isMapping(environments) ? ofEnvironments(asked, environments) : ofStack(asked)
}

function ofStack({ root, document, env, faults, report }: Asked): Chosen | null {
  const { stack } = root
  if (faults.at(root, 'environments')) return null
  if (env !== null) report.push(unknownEnvironment(document, root, env, []))
  if (stack === undefined) {
    const message = 'keywright.yaml names no stack.'
    const said = {
      code: 'CONFIG_STACK_MISSING',
      message,
      hint: 'stack: acme-7f3a',
      part: 'key',
    } as const
    report.push(complaint({ document, container: root, member: 'version' }, said))
  }
  if (typeof stack !== 'string' || !stackIsValid({ document, container: root, member: 'stack' }, stack, report))
    return null
  return { stack, environment: null, stacks: [stack], settings: {} }
}

function ofEnvironments(asked: Asked, environments: Mapping): Chosen | null {
  const { document, env, report, root } = asked
  const stacks = declaredStacks(asked, environments)
  if (env === null) {
    const message = `keywright.yaml declares environments (${listed(Object.keys(environments))}); say which one is meant.`
    const hint = `-e ${Object.keys(environments)[0] ?? 'NAME'}`
    report.push(
      complaint(
        { document, container: root, member: 'environments' },
        { code: 'CONFIG_ENVIRONMENT_MISSING', message, hint, part: 'key' },
      ),
    )
    return null
  }
  if (!Object.hasOwn(environments, env)) {
    report.push(unknownEnvironment(document, root, env, Object.keys(environments)))
    return null
  }
  const stack = member(environments[env], 'stack')
  if (typeof stack !== 'string' || !isStack(stack)) return null
  return { stack, environment: env, stacks, settings: mappingAt(environments, env) }
}

function unknownEnvironment(
  document: SourceDocument,
  root: Mapping,
  env: string,
  known: readonly string[],
): Diagnostic {
  const has = known.length === 0 ? 'keywright.yaml declares none' : `declared are ${listed(known)}`
  const message = `There is no environment ${shown(env)}; ${has}.${didYouMean(env, known)}`
  const hint = known[0] === undefined ? `environments: { ${env}: { stack: NAME } }` : `-e ${known[0]}`
  const at = { document, container: root, member: known.length === 0 ? 'stack' : 'environments' }
  return complaint(at, { code: 'CONFIG_ENVIRONMENT_UNKNOWN', message, hint, part: 'key' })
}

function declaredStacks({ document, report, faults }: Asked, environments: Mapping): readonly string[] {
  const owners = new Map<string, string>()
  for (const [name, settings] of Object.entries(environments)) {
    const stack = member(settings, 'stack')
    if (typeof stack !== 'string' || !isMapping(settings) || faults.at(settings, 'stack')) continue
    const spot = { document, container: settings, member: 'stack' }
    if (!stackIsValid(spot, stack, report)) continue
    const owner = owners.get(stack)
    if (owner !== undefined) {
      const message = `The environments ${owner} and ${name} share the stack ${shown(stack)}; each would retire the keys of the other.`
      report.push(complaint(spot, { code: 'CONFIG_STACK_INVALID', message, hint: `stack: ${stack}-${name}` }))
    }
    owners.set(stack, name)
  }
  return [...owners.keys()]
}

function stackIsValid(spot: Parameters<typeof complaint>[0], stack: string, report: Diagnostic[]): boolean {
  if (isStack(stack)) return true
  const message = `${shown(stack)} is not a stack name: lower-case letters, digits and dashes, at most 40, starting with a letter or digit.`
  report.push(complaint(spot, { code: 'CONFIG_STACK_INVALID', message, hint: 'stack: acme-7f3a' }))
  return false
}
