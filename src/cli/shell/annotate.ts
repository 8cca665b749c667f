/** Marks for GitHub Actions, on stderr, where they are read as well and disturb no document on stdout. */
import { relative, sep } from 'node:path'
import type { Annotation } from '../render/annotations.ts'
import type { Shell } from './command.ts'

type Place = Pick<Shell, 'env' | 'stderr' | 'cwd' | 'rooted'>

/** Does nothing outside GitHub Actions. */
export async function annotate(shell: Place, annotations: () => readonly Annotation[], root?: string): Promise<void> {
  if (shell.env.GITHUB_ACTIONS !== 'true') return
  const { renderAnnotations } = await import('../render/annotations.ts')
  const { findRoot } = await import('../../io/project/find.ts')
  const folder = root ?? findRoot(shell.cwd, !shell.rooted).root ?? shell.cwd
  const below = relative(shell.env.GITHUB_WORKSPACE ?? folder, folder)
    .split(sep)
    .join('/')
  const isInside = below !== '' && !below.startsWith('..')
  shell.stderr(renderAnnotations(annotations(), isInside ? `${below}/` : ''))
}
