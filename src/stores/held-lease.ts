/**
 * Taking and keeping a lease, on top of anything that can fold ledger entries.
 *
 * Premise: a process may be suspended between any two instructions for longer than its lease lives. So a lease is a promise with
 * two ends. The others may take it once it ran out by *their* clock; the holder stops trusting it once it ran out by *its own*
 * clock, for good, even if nobody took it: it may have slept through somebody's whole run. What was in flight at that moment is
 * refused by the fencing serial. Renewal therefore never revives: it moves the end only while the old end is still ahead.
 */
import { KeywrightError } from '../core/diagnostic.ts'
import { instant, parseInstant } from '../core/time.ts'
import type { Clock } from '../ports/clock.ts'
import type { Lease, LeaseHolder } from '../ports/state-store.ts'
import type { Entry, LeaseState, Verdict } from './ledger.ts'

/** How often somebody who waits for a lease looks again, where looking costs nothing. */
const POLL_MILLIS = 250

/** Where the lease of one stack is negotiated. */
export interface LeaseSeat {
  readonly stack: string
  readonly clock: Clock
  readonly self: Omit<LeaseHolder, 'expiresAt' | 'command'>
  /** The newest state anybody wrote, as far as this handle saw it. */
  current(): LeaseState
  /** Makes `current` at least as new as this call, where that takes a look elsewhere. */
  follow?(): Promise<void>
  readonly pollMillis?: number
  propose(entry: Entry): Promise<Verdict>
  /** False only when that holder certainly runs no more. */
  mayRun(holder: LeaseHolder): boolean
}

export interface LeaseRequest {
  readonly ttlMillis: number
  readonly waitMillis: number
  readonly command: string
}

/** Waits for the lease until `waitMillis`, then throws `LOCK_HELD` naming the holder. */
export async function takeLease(seat: LeaseSeat, request: LeaseRequest): Promise<HeldLease> {
  const deadline = seat.clock.now() + request.waitMillis
  for (;;) {
    await seat.follow?.()
    const state = seat.current()
    const now = seat.clock.now()
    const blocker = blockerOf(seat, state, now)
    if (blocker === null) {
      const holder = { ...seat.self, expiresAt: instant(now + request.ttlMillis), command: request.command }
      const verdict = await seat.propose({ kind: 'take', stack: seat.stack, revision: state.revision, holder })
      if (verdict === 'accepted') return new HeldLease(seat, state.serial + 1, request.ttlMillis, now)
    } else if (now >= deadline) {
      throw lockHeld(seat.stack, blocker)
    } else {
      await seat.clock.sleep(Math.min(seat.pollMillis ?? POLL_MILLIS, deadline - now))
    }
  }
}

function blockerOf(seat: LeaseSeat, { holder }: LeaseState, now: number): LeaseHolder | null {
  if (holder === null || now >= (parseInstant(holder.expiresAt) ?? 0) || !seat.mayRun(holder)) return null
  return holder
}

function lockHeld(stack: string, holder: LeaseHolder): KeywrightError {
  const who = `"${holder.command}" (pid ${holder.pid} on ${holder.host})`
  return new KeywrightError('LOCK_HELD', {
    message: `${who} holds the lease of stack ${stack} until ${holder.expiresAt} and renews it while it runs.`,
    hint: 'Wait for it, or raise --lock-timeout. If it is certainly dead: keywright state break-lock',
    retryable: true,
  })
}

export function leaseLost(stack: string, why: string): KeywrightError {
  return new KeywrightError('LEASE_LOST', {
    message: `The lease of stack ${stack} is lost: ${why}.`,
    hint: 'Run again.',
    retryable: true,
  })
}

export class HeldLease implements Lease {
  /** Fencing serial: goes into every entry written under this lease. */
  readonly serial: number
  readonly #seat: LeaseSeat
  readonly #ttl: number
  readonly #ended = new AbortController()
  #expiresAt: number
  #renewAt: number
  #lost: string | null = null
  #released = false
  #renewing: Promise<void> | null = null

  constructor(seat: LeaseSeat, serial: number, ttlMillis: number, takenAt: number) {
    this.serial = serial
    this.#seat = seat
    this.#ttl = ttlMillis
    this.#expiresAt = takenAt + ttlMillis
    this.#renewAt = takenAt + ttlMillis / 3
  }

  get stack(): string {
    return this.#seat.stack
  }

  async check(): Promise<void> {
    this.assertHeld()
    await this.#seat.follow?.()
    this.assertHeld()
    if (this.#seat.clock.now() < this.#renewAt) return
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = null
    })
    await this.#renewing
  }

  /** The part of `check` that waits for nothing: throws `LEASE_LOST` by the clock or by what is written. */
  assertHeld(): void {
    if (this.#lost === null && this.#seat.clock.now() >= this.#expiresAt) this.#lose('it ran out')
    if (this.#lost === null) {
      const { serial, holder } = this.#seat.current()
      if (serial !== this.serial) this.#lose('another run took over')
      else if (holder === null) this.#lose('it was ended')
    }
    if (this.#lost !== null) throw leaseLost(this.stack, this.#lost)
  }

  /** Renews every third of the life until the lease is lost or released. Resolves then; never rejects. */
  async keepRenewing(): Promise<void> {
    while (!this.#ended.signal.aborted) {
      await this.#seat.clock.sleep(this.#ttl / 3, this.#ended.signal)
      if (this.#ended.signal.aborted) return
      await this.check().catch(() => undefined)
    }
  }

  async release(): Promise<void> {
    if (this.#released) return
    this.#released = true
    this.#lose('it was released')
    await this.#seat.propose({ kind: 'release', stack: this.stack, lease: this.serial }).catch(() => undefined)
  }

  async #renew(): Promise<void> {
    const now = this.#seat.clock.now()
    const expiresAt = now + this.#ttl
    const entry = { kind: 'renew', stack: this.stack, lease: this.serial, expiresAt: instant(expiresAt) } as const
    const verdict = await this.#seat.propose(entry)
    if (verdict !== 'accepted') this.#lose('another run took over')
    this.assertHeld()
    this.#expiresAt = expiresAt
    this.#renewAt = now + this.#ttl / 3
  }

  #lose(why: string): void {
    this.#lost ??= why
    this.#ended.abort('over')
  }
}
