/** The jobs of CI in the repository of a project, read as files and judged by rules. Nothing of them is run, and nobody is asked. */
import { readdir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import type { Config } from '../../core/config/config.ts'
import { driftOf } from '../../core/doctor/ci/drift.ts'
import { branchIn, judgeGithub, type Room, WORKFLOWS } from '../../core/doctor/ci/github.ts'
import { GITLAB_FILE, GITLAB_ROOT, judgeGitlab } from '../../core/doctor/ci/gitlab.ts'
import { type Finding, fine, fromDiagnostic } from '../../core/doctor/finding.ts'
import type { DesiredKey } from '../../core/key.ts'
import { isMapping, isSequence, type SourceDocument } from '../../core/manifest/source.ts'
import { repositoryOf } from '../../io/git.ts'
import { parseDocument, readDocument } from '../../io/yaml.ts'
import { ciFiles } from '../commands/init/files.ts'
import type { Shell } from './command.ts'
import { forgetful } from './project.ts'
import type { SoundProject } from './world.ts'

/** Nothing where no file runs keywright. */
export async function jobsOfCi(shell: Shell, { root, config, keys }: SoundProject): Promise<readonly Finding[]> {
  const top = (await repositoryOf(root)) ?? root
  const below = relative(top, root).split(sep).join('/')
  const room: Room = {
    below,
    version: shell.version,
    grace: shortestGrace(keys),
    loops: config.loopEvery !== null,
    variables: variablesOf(config),
  }
  const workflows = await readAll(top, await workflowsIn(top))
  const gitlab = await readAll(top, [GITLAB_ROOT, GITLAB_FILE])
  const secrets = room.variables.flatMap(({ names }) => names)
  const judged = [
    ...judgeGithub(workflows.documents, room),
    ...judgeGitlab(gitlab.documents, { version: room.version, secrets }),
  ]
  const drifted = await driftIn(workflows.documents, room)
  const state = judged.length === 0 ? [] : forgetful(config.store).map((one) => ({ ...fromDiagnostic(one), ...STATE }))
  return [...workflows.findings, ...gitlab.findings, ...state, ...judged, ...drifted]
}

const STATE = { area: 'ci', subject: 'the state' } as const

const MOST_FILES = 200

async function workflowsIn(top: string): Promise<readonly string[]> {
  const names = await readdir(join(top, WORKFLOWS)).catch(() => [])
  return names
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
    .slice(0, MOST_FILES)
    .map((name) => `${WORKFLOWS}/${name}`)
}

interface ReadAll {
  readonly documents: readonly SourceDocument[]
  readonly findings: readonly Finding[]
}

/** A file that is not there is none; one that cannot be read as YAML is said, for CI cannot read it either. */
async function readAll(top: string, files: readonly string[]): Promise<ReadAll> {
  const documents: SourceDocument[] = []
  const findings: Finding[] = []
  for (const file of files) {
    const { document, diagnostics } = await readDocument(join(top, file), { area: 'CONFIG', file })
    if (diagnostics.some(({ code }) => code === 'CONFIG_UNREADABLE')) continue
    findings.push(...diagnostics.map((one) => ({ ...fromDiagnostic(one), area: 'ci' as const })))
    if (document !== null) documents.push(document)
  }
  return { documents, findings }
}

/** Only of keys that are replaced by themselves: a rotation by hand is finished by whoever began it, or by the next run. */
function shortestGrace(keys: readonly DesiredKey[]): Room['grace'] {
  const rotating = keys.filter(({ rotation, expiresIn }) => rotation.every !== null || expiresIn !== null)
  const graces = rotating
    .map(({ address, rotation }) => ({ address, millis: rotation.grace }))
    .filter(({ millis }) => millis > 0)
  return graces.toSorted((a, b) => a.millis - b.millis)[0] ?? null
}

/** The action gives this one to each of its steps. */
const GIVEN = 'GITHUB_TOKEN'

function variablesOf({ providers, sinks }: Config): Room['variables'] {
  const all = [
    ...[...providers.values()].map(({ name, token }) => ({ for: `The token of ${name}`, names: namesIn(token) })),
    ...[...sinks].flatMap(([name, sink]) =>
      sourcesIn(sink).map((names) => ({ for: `A credential of ${name}`, names })),
    ),
  ]
  return all.filter(({ names }) => names.length > 0 && !names.includes(GIVEN))
}

/** Variables of a list of sources, of which one is enough; empty when a source is something else. */
function namesIn(sources: unknown): readonly string[] {
  const all = isSequence(sources) ? sources : [sources]
  const names = all.map((one) => (isMapping(one) && typeof one.env === 'string' ? one.env : null))
  return names.every((name) => name !== null) ? names : []
}

function sourcesIn(value: unknown): readonly (readonly string[])[] {
  if (isSequence(value)) return [namesIn(value)]
  if (!isMapping(value)) return []
  if (typeof value.env === 'string') return [[value.env]]
  return Object.values(value).flatMap(sourcesIn)
}

/** What init would write otherwise by now, for whoever wants to look. No warning: what matters has one of its own. */
async function driftIn(documents: readonly SourceDocument[], room: Room): Promise<readonly Finding[]> {
  const wanted = await ciFiles('github', { version: room.version, branch: branchIn(documents), below: room.below })
  const all = await Promise.all(
    documents.map(async ({ file, data }) => {
      const text = wanted[file]
      if (text === undefined) return []
      const { document } = await parseDocument(Buffer.from(text), { area: 'CONFIG', file })
      const paths = driftOf(document?.data, data)
      if (paths.length === 0) return []
      return [fine({ area: 'ci', subject: file }, `init --ci github would now write another ${paths.join(', ')}`)]
    }),
  )
  return all.flat()
}
