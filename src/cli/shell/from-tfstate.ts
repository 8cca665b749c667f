/** `import --from-tfstate`: which live keys a Terraform state names, and what has to be said about them. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Diagnostic } from '../../core/diagnostic.ts'
import { display } from '../../core/display.ts'
import { keysOfState, type StateKey, type StateProblem } from '../../core/terraform-state.ts'
import { sha256OfSecret } from '../../io/digest.ts'
import { parseJson } from '../../io/http/json.ts'
import { type JsonPath, jsonOffsets, pathKey } from '../../io/json-offsets.ts'
import { errorCode } from '../../io/private-files.ts'
import { lineIndex } from '../../io/yaml/lines.ts'
import type { Was } from '../render/imported.ts'
import type { Seen } from './importing.ts'
import { Reported } from './reported.ts'

/** A live key that a state names. */
export interface Named {
  readonly seen: Seen
  readonly id: string
  readonly was: Was
}

export interface FromStates {
  readonly named: readonly Named[]
  /** Managed resources of other kinds, in all files. */
  readonly others: number
  /** About keys that are left out, and about plaintexts. */
  readonly warnings: readonly Diagnostic[]
}

type Range = NonNullable<Diagnostic['at']>

/** One state file. */
export interface Read {
  readonly keys: readonly (StateKey & { readonly at: () => Range })[]
  readonly others: number
  readonly problems: readonly Diagnostic[]
}

/** Asks nobody. Throws `Reported` with every problem of every file when one of them is an error. */
export async function readStates(files: readonly string[], cwd: string): Promise<readonly Read[]> {
  const read = await Promise.all(files.map((file) => readState(file, cwd)))
  const problems = read.flatMap((one) => one.problems)
  if (problems.some(({ severity }) => severity === 'error'))
    throw new Reported(problems, { summary: 'Nothing was written.' })
  return read
}

/** `keys`: those that live. */
export function keysOfStates(read: readonly Read[], keys: readonly Seen[]): FromStates {
  const problems = read.flatMap((one) => one.problems)
  const live = new Map(keys.map((one) => [one.key.id, one]))
  const taken = new Map<string, string>()
  const named: Named[] = []
  const warnings: Diagnostic[] = [...problems]
  for (const key of read.flatMap((one) => one.keys)) {
    const its = key.secret === null ? null : sha256OfSecret(key.secret)
    const hash = key.hash ?? its
    if (hash === null) continue
    if (its !== null && its !== hash) warnings.push(mismatch(key))
    const seen = live.get(hash)
    const why = taken.has(hash) ? `it is named by ${taken.get(hash)} as well` : reasonOf(seen)
    if (seen === undefined || why !== null) {
      warnings.push(leftOut(key, why ?? '', hash))
      continue
    }
    taken.set(hash, display(key.address, { max: 120 }))
    named.push({
      seen,
      id: key.id,
      was: { address: key.address, plaintext: its === hash, tainted: key.tainted },
    })
  }
  return { named, others: read.reduce((sum, one) => sum + one.others, 0), warnings }
}

/** Larger ones are no state that a person works with. */
const MOST_BYTES = 256 * 1024 * 1024

async function readState(file: string, cwd: string): Promise<Read> {
  const failed = (message: string, hint: string): Read => ({
    keys: [],
    others: 0,
    problems: [
      {
        severity: 'error',
        code: 'TERRAFORM_STATE_INVALID',
        message,
        hint,
        at: { file, line: 1, column: 1, length: 1 },
      },
    ],
  })
  const bytes = await readFile(resolve(cwd, file)).catch((error: unknown) => errorCode(error) ?? 'unknown reason')
  if (typeof bytes === 'string') return failed(`The file cannot be read (${bytes}).`, `ls -l ${file}`)
  if (bytes.length > MOST_BYTES) return failed('The file is larger than 256 MiB.', 'terraform state list | wc -l')
  const text = bytes.toString('utf8').replace(/^\ufeff/, '')
  const state = parseJson(text)
  if (state === undefined) return damaged(text, file)
  const { keys, others, problems } = keysOfState(state)
  const place = placesIn(text, file, [...keys, ...problems])
  return {
    keys: keys.map((key) => ({ ...key, at: () => place(key.path) })),
    others,
    problems: problems.map((problem) => diagnosticOf(problem, place)),
  }
}

/** What stands there is not shown: it may be a secret. */
function damaged(text: string, file: string): Read {
  const found = jsonOffsets(text)
  const offset = found.ok ? 0 : found.at
  const message =
    offset >= text.length ? 'The file ends in the middle of its JSON.' : 'The file is no JSON from here on.'
  const at = { file, ...lineIndex(text).position(offset), length: 1 }
  const hint = 'terraform state pull > state.json'
  return {
    keys: [],
    others: 0,
    problems: [{ severity: 'error', code: 'TERRAFORM_STATE_INVALID', message, hint, at }],
  }
}

type PlaceOf = (path: JsonPath) => Range

/** Where a path stands, or the nearest one around it that does. The text is gone through when that is first asked for. */
function placesIn(text: string, file: string, about: readonly { readonly path: JsonPath }[]): PlaceOf {
  const around = (path: JsonPath): readonly JsonPath[] => path.map((_, n) => path.slice(0, path.length - n))
  let known: { readonly of: ReadonlyMap<string, number>; readonly lines: ReturnType<typeof lineIndex> } | null = null
  return (path) => {
    if (known === null) {
      const found = jsonOffsets(
        text,
        about.flatMap((one) => around(one.path)),
      )
      known = { of: found.ok ? found.of : new Map(), lines: lineIndex(text) }
    }
    const { of, lines } = known
    const offset = around(path).flatMap((one) => of.get(pathKey(one)) ?? [])[0] ?? 0
    return { file, ...lines.position(offset), length: 1 }
  }
}

function diagnosticOf({ path, severity, message, hint }: StateProblem, place: PlaceOf): Diagnostic {
  const code = severity === 'error' ? 'TERRAFORM_STATE_INVALID' : 'TERRAFORM_STATE_LEFT_OUT'
  return { severity, code, message: display(message, { max: 400 }), hint, at: place(path) }
}

/** Why a live key cannot be taken over; `null` when it can. */
function reasonOf(seen: Seen | undefined): string | null {
  if (seen === undefined) return 'no live key has its hash: it was deleted, or belongs to another account'
  if (seen.over) return 'its life is over'
  switch (seen.owner) {
    case 'foreign':
      return null
    case 'ours':
      return 'it is managed here already'
    case 'other-stack':
      return 'it carries the marker of another stack'
    case 'unclaimed':
    case 'derived':
      return 'it carries the marker of this stack, and no record claims it'
    default:
      return seen.owner satisfies never
  }
}

function leftOut({ address, at }: Read['keys'][number], why: string, hash: string): Diagnostic {
  const message = `${display(address, { max: 200 })} is left out: ${why}.`
  const hint = `keywright census --json   finds ${hash.slice(0, 12)}; terraform state rm   forgets it there`
  return { severity: 'warning', code: 'TERRAFORM_STATE_LEFT_OUT', message, hint, at: at() }
}

function mismatch({ address, at }: Read['keys'][number]): Diagnostic {
  const message = `The plaintext beside the hash of ${display(address, { max: 200 })} is not the secret of that key; it was not used.`
  const hint = 'keywright hash   tells the hash of a value on stdin'
  return { severity: 'warning', code: 'TERRAFORM_STATE_MISMATCH', message, hint, at: at() }
}
