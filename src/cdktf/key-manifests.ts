/**
 * The keys of `*.keys.yaml` files as resources: the same files, the same reader and the same diagnostics as the CLI's.
 *
 * Constructs are made without waiting, and the reader waits for files and git; so it runs in a thread, and this one stands still until it
 * has answered.
 */
import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'
import { Annotations, type TerraformProvider } from 'cdktf'
import { Construct } from 'constructs'
import type { Diagnostic } from '../core/diagnostic.ts'
import { matchesGlob } from '../core/glob.ts'
import type { DesiredKey } from '../core/key.ts'
import { ManagedKey } from './managed-key.ts'
import { propsOf } from './props-of-key.ts'
import { SectionBlocks, type Sections } from './sections.ts'

/** Path of the bundled reader, beside the library. */
declare const KEYWRIGHT_READER: string

export interface KeyManifestsOptions {
  /** keywright.yaml, or its folder. */
  readonly config: string
  /** Globs below that folder: only keys of these files. Without it, all manifests of the configuration. */
  readonly manifests?: readonly string[]
  /** As `-e` of the CLI. */
  readonly environment?: string
  /** Providers with an alias, by the name in keywright.yaml. Keys of the others go to the one without. */
  readonly providers?: Readonly<Record<string, TerraformProvider>>
}

export class KeyManifests extends Construct {
  /** By id. */
  readonly keys: ReadonlyMap<string, ManagedKey>

  /** Throws with every problem of the files, each with file, line and column. Warnings become annotations. */
  static fromFiles(scope: Construct, id: string, options: KeyManifestsOptions): KeyManifests {
    return new KeyManifests(scope, id, options)
  }

  private constructor(scope: Construct, id: string, options: KeyManifestsOptions) {
    super(scope, id)
    const { keys, diagnostics, members, sections } = read(options)
    const errors = diagnostics.filter(({ severity }) => severity === 'error')
    if (errors.length > 0) throw new Error(`${countOf(errors)} in the manifests:\n\n${errors.map(textOf).join('\n\n')}`)
    for (const one of diagnostics) Annotations.of(this).addWarning(textOf(one))
    const { manifests, providers = {} } = options
    const isChosen = ({ origin }: Pick<DesiredKey, 'origin'>) =>
      manifests?.some((glob) => matchesGlob(glob, origin.file)) ?? true
    const chosen = keys.filter(isChosen)
    insistOnProviders(chosen, providers)
    this.keys = new Map(
      chosen.map((key) => {
        const provider = providers[key.provider]
        return [key.id, new ManagedKey(this, key.id, { ...propsOf(key, members), ...(provider && { provider }) })]
      }),
    )
    const { moved, handedOver, adopted } = sections
    const own = {
      moved: moved.filter(isChosen),
      handedOver: handedOver.filter(isChosen),
      adopted: adopted.filter(isChosen),
    }
    new SectionBlocks(this, 'sections', own, this.keys)
  }
}

/** One provider block stands for one account. */
function insistOnProviders(keys: readonly DesiredKey[], providers: Readonly<Record<string, TerraformProvider>>): void {
  for (const kind of ['openrouter', 'strait']) {
    const names = new Set(
      keys.flatMap((key) => (key.kind === kind && !(key.provider in providers) ? [key.provider] : [])),
    )
    const [first, second] = names
    if (second !== undefined)
      throw new Error(
        `Keys of ${first} and of ${second} would go to one provider of the stack. Say which is whose: providers: { '${second}': new KeywrightProvider(this, '${second}', { alias: '${second}', ... }) }`,
      )
  }
}

function countOf({ length }: readonly Diagnostic[]): string {
  return length === 1 ? '1 error' : `${length} errors`
}

interface ReadManifests {
  readonly keys: readonly DesiredKey[]
  readonly diagnostics: readonly Diagnostic[]
  /** What a place is written with, by the name of its sink. */
  readonly members: Readonly<Record<string, readonly string[]>>
  readonly sections: Sections
}

const LONGEST = 60_000

function read({ config, environment }: KeyManifestsOptions): ReadManifests {
  const isFile = /\.ya?ml$/.test(config)
  if (isFile && !existsSync(config)) throw new Error(`${resolve(config)} is not there.`)
  const root = isFile ? dirname(resolve(config)) : resolve(config)
  const { port1, port2 } = new MessageChannel()
  const flag = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(KEYWRIGHT_READER, {
    workerData: { root, env: environment ?? null, port: port2, flag },
    transferList: [port2],
  })
  worker.unref()
  Atomics.wait(flag, 0, 0, LONGEST)
  const answer = receiveMessageOnPort(port1)
  port1.close()
  const found: ReadManifests | { readonly failure: string } = answer?.message ?? {
    failure: 'the reader did not answer',
  }
  if ('failure' in found) throw new Error(`${root} could not be read: ${found.failure}`)
  return found
}

function textOf({ at, severity, code, message, hint }: Diagnostic): string {
  const place = at ? `${at.file}:${at.line}:${at.column} ` : ''
  return `${place}${severity} ${code}: ${message}${hint === undefined ? '' : `\n  ${hint}`}`
}
