/** A plugin started as terraform starts one, with the official client in terraform's part. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Client, credentials } from '@grpc/grpc-js'
import { selfSigned } from '../../src/terraform/plugin/certificate.ts'

export const COOKIE = {
  TF_PLUGIN_MAGIC_COOKIE: 'd602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2',
  PLUGIN_PROTOCOL_VERSIONS: '5,6',
}

export interface Started {
  readonly child: ChildProcess
  /** First line of stdout; empty when it ended without one. */
  readonly line: string
  readonly stderr: () => string
  readonly code: Promise<number | null>
}

export async function startPlugin(
  folder: string,
  env: Readonly<Record<string, string>> = {},
  cwd = '.',
): Promise<Started> {
  const child = spawn(join(folder, 'terraform-provider-keywright'), [], {
    env: { PATH: process.env.PATH, TMPDIR: process.env.TMPDIR, ...env },
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  const code = once(child, 'close').then(([code]) => code as number | null)
  const lines = createInterface({ input: child.stdout })
  const line = await Promise.race([once(lines, 'line').then(([text]) => String(text)), code.then(() => '')])
  return { child, line, stderr: () => said, code }
}

export interface Identity {
  readonly pem: string
  readonly key: string
}

export const identity = (): Identity => selfSigned(Date.now())

/** Of the handshake line. */
export function socketOf(line: string): string {
  return line.split('|')[3] ?? ''
}

export function clientOf(line: string, who: Identity | null): Client {
  const der = Buffer.from(line.split('|')[5] ?? '', 'base64')
  const root = `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`
  const secure = who
    ? credentials.createSsl(Buffer.from(root), Buffer.from(who.key), Buffer.from(who.pem))
    : credentials.createSsl(Buffer.from(root))
  return new Client(`unix://${socketOf(line)}`, secure, {
    'grpc.ssl_target_name_override': 'localhost',
    'grpc.max_receive_message_length': -1,
  })
}
