/** Plans in files: written by `plan --out`, carried out by `apply FILE`, compared by `--check`. */
import { open, readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Diagnostic, KeywrightError } from '../../core/diagnostic.ts'
import { decodePlan, encodePlan, isSavedPlan } from '../../core/documents/saved-plan-schema.ts'
import type { DesiredKey } from '../../core/key.ts'
import { digestOf, type SavedPlan, type Sealed, sealAll, type Verdict, verdicts } from '../../core/sealed.ts'
import type { Session } from '../../engine/session.ts'
import { fingerprintOf } from '../../io/digest.ts'
import { brief } from '../render/change.ts'
import type { Shell } from './command.ts'
import { Reported } from './reported.ts'
import type { SoundProject } from './world.ts'

/** What this look would decide, sealed. */
export function sealedPlan({ plan, subjects }: Session, { config }: SoundProject, due: boolean): SavedPlan {
  const { stack, at, spend } = plan
  const sealed = sealAll({ plan, subjects, hash: fingerprintOf }, due)
  const digest = digestOf(stack, sealed, fingerprintOf)
  return {
    schemaVersion: 1,
    kind: 'saved-plan',
    stack,
    environment: config.environment,
    at,
    due,
    spend,
    sealed,
    digest,
  }
}

/** Names, limits and places are nobody else's business, so the file is 0600. Throws `CLI_FILE_UNWRITABLE`. */
export async function writePlan(shell: Shell, shown: string, plan: SavedPlan): Promise<void> {
  try {
    const file = await open(resolve(shell.cwd, shown), 'w', 0o600)
    await file.writeFile(encodePlan(plan)).finally(() => file.close())
  } catch {
    throw new KeywrightError('CLI_FILE_UNWRITABLE', {
      message: `--out: ${shown} cannot be written.`,
      hint: 'name a file in a folder that exists',
    })
  }
}

/**
 * The saved plan that a command line names, or `null` when its words are addresses. A word is a file when it ends in .json, or when there is
 * a file of that name that says it is a saved plan. Throws `PLAN_INVALID`.
 */
export async function savedPlanIn(shell: Shell, words: readonly string[]): Promise<SavedPlan | null> {
  const [word] = words
  if (word === undefined || words.length > 1) return null
  const text = await textOf(resolve(shell.cwd, word))
  if (text === null && !word.endsWith('.json')) return null
  if (text === null) throw invalid(`${word} cannot be read`)
  if (!isSavedPlan(text) && !word.endsWith('.json')) return null
  const plan = decodePlan(text)
  if (digestOf(plan.stack, plan.sealed, fingerprintOf) !== plan.digest)
    throw invalid('its seals do not match its digest')
  return plan
}

async function textOf(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch(() => null)
}

function invalid(why: string): KeywrightError {
  return new KeywrightError('PLAN_INVALID', {
    message: `This is no saved plan that keywright can apply: ${why}.`,
    hint: 'keywright plan --out plan.json   writes a new one',
  })
}

/** Throws `PLAN_INVALID` for a plan of another stack, `Reported` (3) with a `PLAN_STALE` for each decision that would now differ. */
export function assertFresh(saved: SavedPlan, session: Session, keys: readonly DesiredKey[]): readonly Verdict[] {
  const { plan, subjects } = session
  if (saved.stack !== plan.stack) throw invalid(`it is of the stack "${saved.stack}", and this is "${plan.stack}"`)
  const desired = new Map(keys.map((key) => [key.address, key]))
  const found = verdicts(saved, { plan, subjects, hash: fingerprintOf }, desired)
  const stale = found.flatMap((verdict) => (verdict.is === 'stale' ? [staleness(verdict)] : []))
  if (stale.length > 0) throw new Reported(stale, { exit: 3, word: 'refused', summary: 'Nothing was changed.' })
  return found
}

function staleness({ sealed, now, entryMoved }: Extract<Verdict, { is: 'stale' }>): Diagnostic {
  const { address, change } = sealed
  const moved = entryMoved ? ' Its manifest entry is another one now.' : ''
  return {
    severity: 'error',
    code: 'PLAN_STALE',
    address,
    message: `${address}: the plan says ${brief(change)}; now it would be ${now === null ? 'nothing' : brief(now)}.${moved}`,
    hint: 'keywright plan --out plan.json   then look at it again',
  }
}

/** Throws `Reported` (3) when the authored decisions of this look are not those that were reviewed. */
export function assertDigest(plan: SavedPlan, wanted: string): void {
  if (plan.digest === wanted) return
  throw new Reported([otherDigest(plan, wanted)], { exit: 3, word: 'refused', summary: 'Nothing was changed.' })
}

function otherDigest({ digest, sealed }: SavedPlan, wanted: string): Diagnostic {
  const message = `The plan that was reviewed has the digest ${wanted}; what would be done now (${countOf(sealed)}) has ${digest}.`
  return { severity: 'error', code: 'PLAN_STALE', message, hint: 'keywright plan   look at it, then review its digest' }
}

function countOf(sealed: readonly Sealed[]): string {
  return sealed.length === 1 ? '1 authored change' : `${sealed.length} authored changes`
}

const DIGEST = /^sha256:[0-9a-f]{64}$/

/** For `Flag.parse`. */
export function digestFlag(text: string): string {
  if (DIGEST.test(text)) return text
  throw new RangeError('write a digest as sha256: and 64 hex digits, as plan --json prints it')
}
