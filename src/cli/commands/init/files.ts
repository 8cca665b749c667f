import { KeywrightError } from '../../../core/diagnostic.ts'

export interface CiInputs {
  readonly version: string
  /** The branch whose state is applied. */
  readonly branch: string
  /** Folder of the project in the repository, empty for its top. */
  readonly below: string
}

/** Texts by path in the repository. */
export type CiFiles = Readonly<Record<string, string>>

export const CI_KINDS = ['github', 'gitlab'] as const
export type CiKind = (typeof CI_KINDS)[number]

/** For `Flag.parse`. */
export function ciKind(text: string): CiKind {
  const kind = CI_KINDS.find((one) => one === text)
  if (kind !== undefined) return kind
  throw new RangeError(`write ${CI_KINDS.join(' or ')}, not ${JSON.stringify(text)}`)
}

/** The jobs of one forge. Throws `CLI_USAGE` for a branch or folder that is no plain word: it would be read as YAML or by a shell. */
export async function ciFiles(kind: CiKind, inputs: CiInputs): Promise<CiFiles> {
  assertPlain('branch', inputs.branch)
  assertPlain('folder', inputs.below)
  if (kind === 'github') return (await import('./github.ts')).githubFiles(inputs)
  return (await import('./gitlab.ts')).gitlabFiles(inputs)
}

function assertPlain(what: 'branch' | 'folder', name: string): void {
  if (/^(?:[A-Za-z0-9_][\w./-]*)?$/.test(name) && (what === 'folder' || name !== '')) return
  throw new KeywrightError('CLI_USAGE', {
    message: `The ${what} ${JSON.stringify(name.slice(0, 200))} has letters that a workflow cannot carry.`,
    hint:
      what === 'branch'
        ? 'keywright init --ci github --branch main'
        : 'keywright init --ci github   in a folder of plain letters',
  })
}
