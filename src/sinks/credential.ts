/** Credentials of sinks, from where keywright.yaml says they are found. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { SourceConfig } from '../core/places.ts'
import { Secret } from '../core/secret.ts'
import type { SinkContext } from './context.ts'
import { denied } from './refusal.ts'

/** What fits into a header: one word of visible ASCII. */
export const USABLE = /^[\x21-\x7e]+$/

/**
 * Read anew each time, since files of this kind are replaced while we run. Throws `SINK_DENIED` when there is none of that form; without
 * one, whatever fits into a header.
 */
export async function credentialFrom(
  source: SourceConfig,
  { root, env, name }: SinkContext,
  form: RegExp = USABLE,
): Promise<Secret> {
  const found =
    'env' in source ? env[source.env] : await readFile(resolve(root, source.file), 'utf8').catch(() => undefined)
  const text = found?.trim()
  if (text !== undefined && form.test(text)) return Secret.of(text)
  const [where, hint] =
    'env' in source
      ? [`the variable ${source.env}`, `export ${source.env}=...`]
      : [`the file ${source.file}`, `ls -l ${source.file}`]
  throw denied(`the sink ${name} finds no credential in ${where}`, hint)
}
