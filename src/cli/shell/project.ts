/** The project as a command wants it: without errors, or not at all. */
import type { Config } from '../../core/config/config.ts'
import type { Diagnostic } from '../../core/diagnostic.ts'
import type { LoadOptions, Project } from '../../io/project.ts'
import { annotate } from './annotate.ts'
import type { Shell } from './command.ts'
import { Reported } from './reported.ts'
import type { SoundProject } from './world.ts'

/** Loads all files. What the environment permits is part of that judgement. */
export async function loadFiles(shell: Shell, more: Pick<LoadOptions, 'allowEmpty' | 'pastExpiry'>): Promise<Project> {
  const { loadProject } = await import('../../io/project.ts')
  return loadProject({
    at: shell.rooted ? { root: shell.cwd } : { cwd: shell.cwd },
    trust: shell.trust === null ? null : { ref: shell.trust, path: shell.env.PATH },
    env: shell.environment,
    now: shell.clock.now(),
    permitted: { allowHosts: shell.env.KEYWRIGHT_ALLOW_HOSTS, allowExec: shell.env.KEYWRIGHT_ALLOW_EXEC },
    ...more,
  })
}

export interface SoundOptions {
  readonly allowEmpty: boolean
  /** Credentials will be sent, so what the environment does not permit is an error. */
  readonly sends: boolean
}

/**
 * Throws `Reported` with all problems when one of them is an error; warnings are shown. A key whose `expiresAt` has passed is only
 * warned about: it may well be one that had its time.
 */
export async function loadSound(shell: Shell, { allowEmpty, sends }: SoundOptions): Promise<SoundProject> {
  const loaded = await loadFiles(shell, { allowEmpty, pastExpiry: 'warning' })
  const found = sends ? loaded.diagnostics : loaded.diagnostics.map(milder)
  const project = { ...loaded, diagnostics: [...found, ...ephemeral(shell, loaded)] }
  const { root, config, diagnostics } = project
  if (root === null || config === null || diagnostics.some(isError))
    throw new Reported(diagnostics, { summary: countOf(project) })
  await warn(shell, diagnostics)
  return { ...project, root, config }
}

const PERMISSIONS: ReadonlySet<string> = new Set(['CONFIG_HOST_NOT_ALLOWED', 'CONFIG_EXEC_NOT_ALLOWED'])

function milder(one: Diagnostic): Diagnostic {
  return PERMISSIONS.has(one.code) ? { ...one, severity: 'warning' } : one
}

function ephemeral({ env }: Shell, { config }: Project): readonly Diagnostic[] {
  return env.CI && config !== null ? forgetful(config.store) : []
}

/** A build machine forgets its disk, and with it the state. Nothing where that store was chosen, or another. */
export function forgetful({ kind, options, written }: Config['store']): readonly Diagnostic[] {
  if (written || kind !== 'local') return []
  const path = typeof options.path === 'string' ? options.path : '.keywright'
  const message = `The state is kept in ${path} of this machine, and in CI that is usually gone after the job.`
  return [
    {
      severity: 'warning',
      code: 'STORE_EPHEMERAL',
      message,
      hint: `store: { kind: git }   or, where the folder is kept between jobs: store: { kind: local, path: ${path} }`,
    },
  ]
}

async function warn(shell: Shell, diagnostics: readonly Diagnostic[]): Promise<void> {
  if (diagnostics.length === 0 || shell.logLevel === 'error') return
  const { renderDiagnostics } = await import('../render/diagnostics.ts')
  shell.stderr(renderDiagnostics(diagnostics, { ...shell, format: 'human', color: false }))
  const { annotationsOf } = await import('../render/annotations.ts')
  await annotate(shell, () => annotationsOf(diagnostics))
}

/** Throws `Reported` only when keywright.yaml does not tell stack and store. */
export async function loadStack(shell: Shell): Promise<SoundProject> {
  const project = await loadFiles(shell, { allowEmpty: true, pastExpiry: 'warning' })
  const { root, config, diagnostics } = project
  if (root === null || config === null) throw new Reported(diagnostics)
  return { ...project, root, config }
}

export function isError({ severity }: Diagnostic): boolean {
  return severity === 'error'
}

/** `2 problems in 1 of 14 files. Nothing was sent anywhere.` */
export function countOf({ diagnostics, fileCount }: Project): string {
  const errors = diagnostics.filter(isError).length
  const warnings = diagnostics.length - errors
  const files = new Set(diagnostics.flatMap(({ at }) => (at === undefined ? [] : [at.file]))).size
  const what = [
    ...(errors > 0 ? [`${errors} ${errors === 1 ? 'problem' : 'problems'}`] : []),
    ...(warnings > 0 ? [`${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`] : []),
  ].join(' and ')
  const where = files > 0 ? ` in ${files} of ${fileCount} ${fileCount === 1 ? 'file' : 'files'}` : ''
  return `${what}${where}. Nothing was sent anywhere.`
}
