/** SDKs that only some users need. They are optional peers of the package, loaded by whoever first asks for them. */
import { KeywrightError } from '../core/diagnostic.ts'

export interface Peer {
  /** What needs it, for the message: `the sink vault`. */
  readonly by: string
  /** The packages to install, with a version where the latest does not do: `@kubernetes/client-node@1`. */
  readonly packages: readonly [string, ...string[]]
}

/**
 * What `load` imports: `peer(() => import('@azure/identity'), ...)`. Throws `PACKAGE_MISSING` with the line that installs it; a package
 * that is there and cannot be loaded throws as it does.
 */
export async function peer<T>(load: () => Promise<T>, { by, packages }: Peer): Promise<T> {
  try {
    return await load()
  } catch (error) {
    if (!isMissing(error, packages)) throw error
    throw new KeywrightError('PACKAGE_MISSING', {
      message: `${by} needs ${packages.map(nameOf).join(' and ')}, which is not installed`,
      hint: `npm install ${packages.join(' ')}`,
    })
  }
}

function isMissing(error: unknown, packages: Peer['packages']): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  if (code !== 'MODULE_NOT_FOUND' && code !== 'ERR_MODULE_NOT_FOUND') return false
  return error instanceof Error && packages.some((name) => error.message.includes(nameOf(name)))
}

function nameOf(wanted: string): string {
  return wanted.replace(/(?<=.)@[0-9].*$/, '')
}
