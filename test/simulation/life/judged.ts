/** What the machine decides, held against what a human has said, and against what its process has seen. */
import type { DesiredKey } from '../../../src/core/key.ts'
import type { Decision, Sight, Step } from '../../../src/core/machine/step.ts'
import { type Generation, isLive, type KeyRecord } from '../../../src/core/record.ts'
import type { Eye } from './watched.ts'

const BEGINNING: ReadonlySet<Step['do']> = new Set([
  'issue',
  'update',
  'cut',
  'disable',
  'enable',
  'remove',
  'reinstate',
])
const LOOSENING: ReadonlySet<Step['do']> = new Set(['enable', 'lift', 'update', 'reinstate', 'restore'])

export interface Judged {
  readonly desired: DesiredKey | null
  readonly record: KeyRecord
  readonly sight: Sight
  readonly decision: Decision
}

export function judgeDecision(eye: Eye, judged: Judged): void {
  const { record, decision } = judged
  if (decision.do === 'rest') return
  const g = 'n' in decision ? record.generations.find((one) => one.n === decision.n) : undefined
  const leaked = g !== undefined && isCompromised(g)
  if (leaked && LOOSENING.has(decision.do)) eye.find(`${decision.do} of a leaked key`)
  if (isPaused(judged) && BEGINNING.has(decision.do) && !leaked && !isLeftover(decision))
    eye.find(`${decision.do} at a paused address`)
  if (!leaked && isEnd(decision)) judgeEnd(eye, judged, g)
}

function isCompromised(g: Generation): boolean {
  return isLive(g) && g.compromised === true
}

function isPaused({ record: { paused, compromised }, sight }: Judged): boolean {
  return paused !== undefined && compromised === undefined && sight.now < Date.parse(paused.until)
}

function isLeftover(step: Step): boolean {
  return step.do === 'remove' && step.why === 'leftover'
}

function isEnd(step: Step): boolean {
  return (step.do === 'disable' || step.do === 'remove') && step.why === 'retired'
}

/** An old key ends: not while an address is pinned to it, and not before the new one was read back everywhere. */
function judgeEnd(eye: Eye, { desired, record, decision }: Judged, g: Generation | undefined): void {
  if (!desired || !g || (decision.do === 'disable' && g.phase === 'disabled')) return
  if (record.pinned?.n === g.n) eye.find('a pinned generation was retired')
  if (!record.generations.some((one) => one.phase === 'active'))
    eye.find('an old key ended before a new one was active')
  const unread = record.places.find((place) => place.readable && !eye.read.has(place.identity))
  if (unread && isLive(g) && g.claimed) eye.find('an old key ended before the new one was read back everywhere')
}
