/** The project as a command wants it: without errors, or not at all. */
import type { Diagnostic } from '../../core/diagnostic.ts'
import type { LoadOptions, Project } from '../../io/project.ts'
import type { Shell } from './command.ts'
import { Reported } from './reported.ts'
import type { SoundProject } from './world.ts'

/** Loads all files. What the environment permits is part of that judgement. */
export async function loadFiles(shell: Shell, more: Pick<LoadOptions, 'allowEmpty' | 'pastExpiry'>): Promise<Project> {
  const { loadProject } = await import('../../io/project.ts')
  return loadProject({
    at: shell.rooted ? { root: shell.cwd } : { cwd: shell.cwd },
    env: shell.environment,
    now: shell.clock.now(),
    permitted: { allowHosts: shell.env.KEYWRIGHT_ALLOW_HOSTS, allowExec: shell.env.KEYWRIGHT_ALLOW_EXEC },
    ...more,
  })
}

/** Throws `Reported` with all problems when one of them is an error. A key whose `expiresAt` has passed is only warned about. */
export async function loadSound(shell: Shell, allowEmpty: boolean): Promise<SoundProject> {
  const project = await loadFiles(shell, { allowEmpty, pastExpiry: 'warning' })
  const { root, config, diagnostics } = project
  if (root === null || config === null || diagnostics.some(isError))
    throw new Reported(diagnostics, { summary: countOf(project) })
  return { ...project, root, config }
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
