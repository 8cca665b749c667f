/**
 * Ten refused credentials within a quarter of an hour lock out the address they came from, with everybody behind it (server source of
 * 2026-07-06). So at most five proofs may fail in that time; then none is sent until the oldest failure is old enough. Proofs go one by
 * one: several at once could fail together and overdraw. Refusals of the managing key count too.
 */
import { KeywrightError } from '../../core/diagnostic.ts'
import { MINUTE, type Millis, SECOND } from '../../core/time.ts'

export interface Proofs {
  /** Runs `work` when no other proof is under way. Throws `API_RATE_LIMITED` without running it while too many failed. */
  run<T>(work: () => Promise<T>): Promise<T>
  /** One 401 came back. */
  failed(): void
}

const MOST = 5
const WITHIN = 15 * MINUTE

export function proofs(now: () => Millis): Proofs {
  let failures: readonly Millis[] = []
  let last: Promise<unknown> = Promise.resolve()
  const assertRoom = (): void => {
    failures = failures.filter((at) => at > now() - WITHIN)
    const [oldest] = failures.slice(-MOST)
    if (failures.length >= MOST && oldest !== undefined) throw tooMany(oldest + WITHIN - now())
  }
  return {
    run(work) {
      const turn = last.then(() => {
        assertRoom()
        return work()
      })
      last = turn.catch(() => undefined)
      return turn
    },
    failed() {
      failures = [...failures, now()]
    },
  }
}

function tooMany(retryAfter: Millis): KeywrightError {
  return new KeywrightError('API_RATE_LIMITED', {
    message: `${MOST} credentials were refused within 15 minutes; no more are tried for ${Math.ceil(retryAfter / SECOND)} s, since ten lock this address out`,
    hint: 'run the same command again in a quarter of an hour',
    retryable: true,
    retryAfter,
  })
}
