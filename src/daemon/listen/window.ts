/** What others may see of a running loop, if `--listen` was given. */

import type { Shell } from '../../cli/shell/command.ts'
import { KeywrightError } from '../../core/diagnostic.ts'
import type { Log } from '../log.ts'
import type { View } from '../loop.ts'
import type { Ended } from '../round.ts'
import type { Waker } from '../waker.ts'

export interface Window {
  show(view: View, ended: Ended): void
  close(): Promise<void>
}

export interface WindowOptions {
  readonly shell: Shell
  readonly waker: Waker
  readonly log: Log
  /** `HOST:PORT`, or a port of this machine; `null`: nothing listens. */
  readonly address: string | null
  /** Pushes to other refs wake nobody. */
  readonly ref: string | null
}

const SHUT: Window = { show: () => undefined, close: async () => undefined }

/** Throws `LOOP_LISTEN` when nothing can listen there. */
export async function openWindow(options: WindowOptions): Promise<Window> {
  if (options.address === null) return SHUT
  const at = addressOf(options.address)
  if (at === null)
    throw new KeywrightError('CLI_USAGE', {
      message: `--listen ${options.address} is neither a port nor HOST:PORT.`,
      hint: 'keywright reconcile --listen 127.0.0.1:9090',
    })
  const { listen } = await import('./server.ts')
  return listen({ ...options, ...at })
}

export interface ListenAt {
  readonly host: string
  readonly port: number
}

/** `9090`, `0.0.0.0:9090`, `[::1]:9090`, `localhost:0`. */
export function addressOf(text: string): ListenAt | null {
  const [, host = '', port = ''] = /^(?:(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):)?(\d{1,5})$/.exec(text) ?? []
  if (port === '' || Number(port) > 65_535) return null
  return { host: host === '' ? '127.0.0.1' : host.replace(/^\[|\]$/g, ''), port: Number(port) }
}
