/**
 * A command of the user's own that stores secrets.
 *
 * It is started without a shell for each operation, with an empty environment but the variables that `env` names, in the folder
 * of keywright.yaml. It reads one JSON document from standard input and prints one to standard output; standard error is never
 * shown, since it may hold the secret.
 *
 *     { "version": 1, "op": "preflight", "place": { "path": "ci/x", "field": "key" } }
 *     { "version": 1, "op": "read",      "place": ... }
 *     { "version": 1, "op": "write",     "place": ..., "secret": "...", "ifVersion": "7" | null, "fingerprint": "sha256:..." }
 *     { "version": 1, "op": "remove",    "place": ..., "ifFingerprint": "sha256:..." }
 *
 *     preflight: { "ok": true, "version": "7" | null }       can write; leaves nothing behind. null or absent: the place is empty
 *     read:      { "ok": true, "secret": "..." | null, "version": "7" }         null: the place is empty
 *     write:     { "ok": true, "version": "8" }              stored durably; also when exactly that was there already
 *     remove:    { "ok": true, "empty": true | false }       empties the place only if it holds bytes with that SHA-256
 *     all:       { "ok": false, "error": "conflict" | "denied" | "unreachable" | "unsupported" }
 *
 * `version` may be left out: then it is the fingerprint of the secret. `conditional: true` in the config says that a write whose
 * `ifVersion` no longer holds is answered with `conflict`, atomically; `readable: true` that `read` works.
 */
import { KeywrightError } from '../core/diagnostic.ts'
import type { ConfigOf } from '../core/places.ts'
import { Secret } from '../core/secret.ts'
import { parseDuration, SECOND } from '../core/time.ts'
import { findProgram, type Run, run } from '../io/exec.ts'
import type { PlaceAt, SecretSink } from '../ports/secret-sink.ts'
import { fingerprint } from './bytes.ts'
import type { SinkContext } from './context.ts'
import { conflict, ownPlace } from './own-place.ts'

const TIMEOUT = 30 * SECOND
const LARGEST_ANSWER = 1024 * 1024

/** Throws `SINK_DENIED` when commands are not allowed or the command is not there. */
export async function openExec(config: ConfigOf<'exec'>, context: SinkContext): Promise<SecretSink> {
  const command = commandOf(config, context)
  const ask: Ask = (place, envelope) => {
    ownPlace(place, `exec:${JSON.stringify(config.command)}`)
    return askCommand(command, place, envelope, context.name)
  }
  const capabilities = { readable: config.readable ?? false, conditional: config.conditional ?? false }
  return {
    kind: 'exec',
    capabilities,
    preflight: async (place) => ({ version: (await ask(place, { op: 'preflight' })).version ?? null }),
    write: (place, bytes, ifVersion) => write(ask, place, bytes, capabilities.conditional ? { ifVersion } : {}),
    read: async (place) =>
      capabilities.readable ? readBack(await ask(place, { op: 'read' }), context.name) : 'unreadable',
    remove: async (place, ifFingerprint) => (await ask(place, { op: 'remove', ifFingerprint })).empty === true,
  }
}

type Command = Omit<Run, 'input'>
type Ask = (place: PlaceAt, envelope: Envelope) => Promise<Answer>

interface Envelope {
  readonly op: 'preflight' | 'read' | 'write' | 'remove'
  readonly secret?: string
  readonly fingerprint?: string
  readonly ifVersion?: string | null
  readonly ifFingerprint?: string
}

interface Answer {
  readonly version?: string
  readonly secret?: string | null
  readonly empty?: boolean
}

async function write(ask: Ask, place: PlaceAt, bytes: Secret, condition: Pick<Envelope, 'ifVersion'>) {
  const print = fingerprint(bytes)
  const answer = await ask(place, { op: 'write', secret: bytes.expose(), fingerprint: print, ...condition })
  return { version: answer.version ?? print }
}

function readBack({ secret, version }: Answer, name: string): Awaited<ReturnType<SecretSink['read']>> {
  if (secret === undefined) throw failed(name, 'answered a read without "secret"')
  if (secret === null) return null
  const bytes = Secret.of(secret)
  const print = fingerprint(bytes)
  return { fingerprint: print, version: version ?? print, bytes }
}

function commandOf(config: ConfigOf<'exec'>, context: SinkContext): Command {
  const { name, root, env, allowExec } = context
  if (!allowExec) {
    throw new KeywrightError('SINK_DENIED', {
      message: `the sink ${name} runs a command, which is not allowed here`,
      hint: 'export KEYWRIGHT_ALLOW_EXEC=1',
    })
  }
  const [word = '', ...args] = config.command
  const program = findProgram(word, root, env.PATH)
  if (program === null) {
    throw new KeywrightError('SINK_DENIED', {
      message: `the command ${JSON.stringify(word)} of the sink ${name} is not there or cannot be executed`,
      hint: `command -v ${word}`,
    })
  }
  const timeoutMillis = config.timeout === undefined ? TIMEOUT : (parseDuration(config.timeout) ?? TIMEOUT)
  return { program, args, cwd: root, env: chosen(env, config.env ?? []), timeoutMillis, maxOutputBytes: LARGEST_ANSWER }
}

function chosen(env: SinkContext['env'], names: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {}
  for (const name of names) {
    const value = env[name]
    if (value !== undefined) found[name] = value
  }
  return found
}

async function askCommand(command: Command, place: PlaceAt, envelope: Envelope, name: string): Promise<Answer> {
  const ended = await run({ ...command, input: `${JSON.stringify({ version: 1, ...envelope, place: place.at })}\n` })
  if (ended.kind === 'timeout') throw failed(name, `did not answer within ${command.timeoutMillis} ms and was killed`)
  if (ended.kind === 'tooMuchOutput') throw failed(name, 'printed more than 1 MiB and was killed')
  if (ended.kind === 'notStarted') throw failed(name, 'could not be started')
  const answer = decoded(ended.output)
  if (answer?.ok === false) {
    if (answer.error === 'unsupported' && envelope.op === 'remove') return { empty: false }
    throw refusal(answer.error, place, name)
  }
  if (ended.code !== 0) throw failed(name, `ended with ${ended.code === null ? 'a signal' : `exit code ${ended.code}`}`)
  if (answer === null) throw failed(name, 'printed something other than the documented JSON')
  return answer
}

type Decoded = ({ readonly ok: true } & Answer) | { readonly ok: false; readonly error: string }

function decoded(output: string): Decoded | null {
  let value: unknown
  try {
    value = JSON.parse(output)
  } catch {
    return null
  }
  if (value === null || typeof value !== 'object' || !('ok' in value)) return null
  const { ok, error, version, secret, empty } = value as Record<string, unknown>
  if (ok === false) return { ok, error: typeof error === 'string' ? error : '' }
  if (ok !== true || !isOptional(version, 'string') || !isOptional(empty, 'boolean') || !isOptional(secret, 'string'))
    return null
  return {
    ok,
    ...(typeof version === 'string' ? { version } : {}),
    ...(typeof secret === 'string' || secret === null ? { secret } : {}),
    ...(typeof empty === 'boolean' ? { empty } : {}),
  }
}

function isOptional(value: unknown, type: 'string' | 'boolean'): boolean {
  return value === undefined || value === null || typeof value === type
}

/** Only the documented words are repeated: anything else might hold the secret. */
function refusal(error: string, place: PlaceAt, name: string): KeywrightError {
  if (error === 'conflict') return conflict(place)
  if (error !== 'denied' && error !== 'unreachable')
    return failed(name, 'answered with an error that is not documented')
  const message = `the command of the sink ${name} answered ${error} for ${place.text}`
  const hint = 'look into the log of that command'
  if (error === 'denied') return new KeywrightError('SINK_DENIED', { message, hint })
  return new KeywrightError('SINK_UNREACHABLE', { message, hint, retryable: true })
}

function failed(name: string, what: string): KeywrightError {
  return new KeywrightError('SINK_EXEC_FAILED', {
    message: `the command of the sink ${name} ${what}`,
    hint: `keywright explain SINK_EXEC_FAILED`,
    retryable: true,
  })
}
