/**
 * Looks at everything a run needs, and changes nothing: no key is made, no place is written, no lease is taken. Each part is looked at
 * whatever became of the others.
 */
import type { ProviderConfig } from '../../core/config/config.ts'
import { isKeywrightError, KeywrightError } from '../../core/diagnostic.ts'
import { broken, type Finding, fine, fromDiagnostic } from '../../core/doctor/finding.ts'
import { unfitTokens } from '../../core/doctor/known-tokens.ts'
import type { DesiredKey, Place } from '../../core/key.ts'
import { at, MINUTE } from '../../core/time.ts'
import type { SecretSink } from '../../ports/secret-sink.ts'
import { openApis } from './apis.ts'
import { counted } from '../render/text.ts'
import type { Shell } from './command.ts'
import { loadFiles } from './project.ts'
import { openSinks } from './sinks.ts'
import { type FoundToken, foundTokens, sourceText } from './tokens.ts'
import { openConfiguredStore, type SoundProject } from './world.ts'

export interface Examined {
  /** `null` without a readable keywright.yaml. */
  readonly stack: string | null
  readonly findings: readonly Finding[]
}

export async function examine(shell: Shell): Promise<Examined> {
  const project = await loadFiles(shell, { allowEmpty: true, pastExpiry: 'warning' })
  const files = project.diagnostics.map(fromDiagnostic)
  const machine = [...machineOf(shell), ...hostsToAllow(files)]
  const { root, config } = project
  if (root === null || config === null) return { stack: null, findings: [...machine, ...files] }
  const sound: SoundProject = { ...project, root, config }
  const read = fine(
    { area: 'files', subject: '' },
    `${counted(project.keys.length, 'key')} in ${counted(project.fileCount, 'file')}`,
  )
  const mayNotSend = files.some(
    ({ code, verdict }) => verdict === 'error' && code !== undefined && KEEPS_QUIET.has(code),
  )
  const { jobsOfCi } = await import('./doctor-ci.ts')
  const rest = mayNotSend
    ? [await storeOf(shell, sound)]
    : [await storeOf(shell, sound), ...(await providersOf(shell, sound)), ...(await sinksOf(shell, sound))]
  return {
    stack: config.stack,
    findings: [...machine, ...(files.length === 0 ? [read] : files), ...rest, ...(await jobsOfCi(shell, sound))],
  }
}

/** With one of these nothing is sent to anybody. */
const KEEPS_QUIET: ReadonlySet<string> = new Set([
  'CONFIG_HOST_NOT_ALLOWED',
  'CONFIG_EXEC_NOT_ALLOWED',
  'CONFIG_URL_INVALID',
])

/** Oldest Node that keywright runs on. */
const OLDEST = [20, 19] as const

function machineOf({ env, nodeVersion }: Shell): readonly Finding[] {
  const of = { area: 'machine', subject: 'node' } as const
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number)
  const isOld = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])
  const node: Finding = isOld
    ? { ...of, verdict: 'error', message: `Node ${nodeVersion} is too old`, hint: 'install Node 20.19 or newer' }
    : fine(of, `Node ${nodeVersion}`)
  const ci = env.CI ? [fine({ area: 'machine', subject: 'CI' }, 'runs in CI: no questions are asked')] : []
  return [node, ...ci]
}

/** One line for all hosts that nobody outside the repository has allowed. */
function hostsToAllow(files: readonly Finding[]): readonly Finding[] {
  const hosts = files.flatMap(({ code, hint }) =>
    code === 'CONFIG_HOST_NOT_ALLOWED' ? [hint?.replace(/^export KEYWRIGHT_ALLOW_HOSTS=/, '') ?? ''] : [],
  )
  if (hosts.length < 2) return []
  const message = `${hosts.length} hosts are not allowed yet, so nothing was sent to anybody`
  const hint = `export KEYWRIGHT_ALLOW_HOSTS=${[...new Set(hosts)].join(',')}`
  return [{ area: 'machine', subject: 'hosts', verdict: 'error', code: 'CONFIG_HOST_NOT_ALLOWED', message, hint }]
}

async function storeOf(shell: Shell, { config, root }: SoundProject): Promise<Finding> {
  const of = { area: 'store', subject: config.store.kind } as const
  return guarded(of, async () => {
    const store = await openConfiguredStore(shell, config.store, root)
    try {
      const { records } = await store.read(config.stack)
      const holder = await store.leaseHolder(config.stack)
      const held = holder === null ? '' : `; the lease is held by ${holder.host} (pid ${holder.pid}): ${holder.command}`
      return fine(of, `${counted(records.size, 'record')} at ${store.location}${held}`)
    } finally {
      await store.close()
    }
  })
}

async function providersOf(shell: Shell, { config, root }: SoundProject): Promise<readonly Finding[]> {
  const all: Finding[] = []
  for (const provider of config.providers.values()) {
    if (provider.token.length === 0) continue
    const around = { root, env: shell.env, failed: noted(all, provider) }
    let tried = 0
    for await (const found of foundTokens(provider.token, around)) {
      tried += 1
      const finding = await introduced(shell, { provider, found, root })
      all.push(finding)
      if (finding.verdict !== 'error') break
    }
    if (tried === 0) all.push(broken({ area: 'provider', subject: provider.name }, missing(provider)))
  }
  return all
}

function noted(all: Finding[], { name }: ProviderConfig) {
  return (source: ProviderConfig['token'][number], error: KeywrightError): void => {
    const { message, hint } = error
    const said = { area: 'provider', subject: name, verdict: 'warning', code: error.code } as const
    all.push({ ...said, message: `${sourceText(source)}: ${message}`, ...(hint === undefined ? {} : { hint }) })
  }
}

function missing({ token }: ProviderConfig): KeywrightError {
  const [first] = token
  const hint =
    first !== undefined && 'env' in first ? `export ${first.env}=...` : 'token: { env: OPENROUTER_MANAGEMENT_KEY }'
  return new KeywrightError('CLI_TOKEN_MISSING', {
    message: `nothing usable in ${token.map(sourceText).join(', ')}`,
    hint,
  })
}

interface Introducing {
  readonly provider: ProviderConfig
  readonly found: FoundToken
  readonly root: string
}

/** Which source it was, how old it is, and what the key API says to it. */
async function introduced(shell: Shell, { provider, found, root }: Introducing): Promise<Finding> {
  const of = { area: 'provider', subject: provider.name } as const
  const source = `the token from ${sourceText(found.source)}${ageText(found, shell.clock.now())}`
  const only = { ...provider, token: [found.source] }
  const apis = openApis({ shell, config: { providers: new Map([[provider.name, only]]) }, root })
  try {
    const { skew } = await (await apis.open(provider.name)).identify()
    const seconds = Math.round(Math.abs(skew) / 1000)
    if (Math.abs(skew) > 2 * MINUTE) {
      const message = `${source} works, but the clocks differ by ${seconds} s, so nothing is rotated or retired`
      return { ...of, verdict: 'error', code: 'CLOCK_SKEW', message, hint: 'timedatectl set-ntp true' }
    }
    return fine(of, `${source} manages keys; the clocks differ by ${seconds} s`)
  } catch (error) {
    if (!isKeywrightError(error)) throw error
    return { ...broken(of, error), message: `${source}: ${error.message}` }
  } finally {
    await apis.close()
  }
}

function ageText({ storedAt }: FoundToken, now: number): string {
  if (storedAt === undefined) return ''
  const days = Math.floor((now - at(storedAt)) / (24 * 60 * MINUTE))
  return days < 1 ? ', stored today' : `, ${days} ${days === 1 ? 'day' : 'days'} old`
}

async function sinksOf(shell: Shell, { config, root, keys }: SoundProject): Promise<readonly Finding[]> {
  const sinks = openSinks(shell, config, root)
  const places = placesBySink(keys)
  try {
    const all = [...config.sinks].map(async ([name, written]): Promise<readonly Finding[]> => {
      const unfit = unfitTokens(name, written)
      if (unfit.length > 0) return unfit
      const of = { area: 'sink', subject: name } as const
      return [await guarded(of, async () => fine(of, await ableTo(await sinks.open(name), places.get(name) ?? [])))]
    })
    return (await Promise.all(all)).flat()
  } finally {
    await sinks.close()
  }
}

function placesBySink(keys: readonly DesiredKey[]): ReadonlyMap<string, readonly Place[]> {
  const found = new Map<string, Map<string, Place>>()
  for (const place of keys.flatMap((key) => key.places)) {
    const places = found.get(place.sink) ?? new Map<string, Place>()
    found.set(place.sink, places.set(place.identity, place))
  }
  return new Map([...found].map(([name, places]) => [name, [...places.values()]]))
}

/** A preflight of every place, which proves that a write can succeed and leaves nothing behind. */
async function ableTo(sink: SecretSink, places: readonly Place[]): Promise<string> {
  for (const place of places) await sink.preflight(place)
  const { readable, conditional } = sink.capabilities
  const told = `${readable ? 'read back' : 'cannot be read back'}, ${conditional ? 'conditional writes' : 'no conditional writes'}`
  if (places.length === 0) return `opens (${told}); no key uses it, so nothing was tried`
  return `${places.length} ${places.length === 1 ? 'place' : 'places'} can be written (${told})`
}

async function guarded(of: Pick<Finding, 'area' | 'subject'>, work: () => Promise<Finding>): Promise<Finding> {
  try {
    return await work()
  } catch (error) {
    if (!isKeywrightError(error)) throw error
    return broken(of, error)
  }
}
