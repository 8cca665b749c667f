/**
 * Single keys of an API that only has lists.
 *
 * Absence from one list is no evidence. So `get` says `null` only after two complete lists lacked the key, the second begun after the first had
 * ended. A run that misses a hundred keys asks a hundred times right after its list; all of them share one second list, which costs as many
 * requests as the first and not a hundred times as many. It is shared by whoever asks while it is under way, and for a moment afterwards, but
 * it answers nobody twice: who asks again wants to know anew.
 *
 * A list from before one of our own writes is evidence of nothing, so a write forgets all of them.
 */
import type { LiveKey } from '../../core/key.ts'
import { type Millis, SECOND } from '../../core/time.ts'

type Keys = ReadonlyMap<string, LiveKey>

export interface Looks {
  /** A complete list that begins now. */
  list(): Promise<readonly LiveKey[]>
  get(id: string): Promise<LiveKey | null>
  /** The key as last seen, or after a list if there was none; `null` when it is not there. */
  known(id: string): Promise<LiveKey | null>
  /** What an answer to a write told about keys; `null` for one that is gone or may have changed. */
  wrote(changes: Readonly<Record<string, LiveKey | null>>): void
}

export interface LooksParts {
  readonly walk: () => Promise<readonly LiveKey[]>
  readonly now: () => Millis
}

/** How long an ended list still answers those who ask for other keys. */
const MOMENT = 5 * SECOND

export function looks(parts: LooksParts): Looks {
  return new SharedLooks(parts)
}

interface Second {
  readonly keys: Promise<Keys>
  /** Ids it answered. */
  readonly asked: Set<string>
  endedAt: Millis | null
}

class SharedLooks implements Looks {
  readonly #parts: LooksParts
  /** Keys as last seen, our own writes included. */
  readonly #seen = new Map<string, LiveKey>()
  /** The last complete list, unless we wrote since. */
  #first: Keys | null = null
  /** A list begun after the last one of `list` had ended, unless we wrote since. */
  #second: Second | null = null

  constructor(parts: LooksParts) {
    this.#parts = parts
  }

  async list(): Promise<readonly LiveKey[]> {
    const keys = await this.#walk()
    this.#ended(keys)
    return [...keys.values()]
  }

  async get(id: string): Promise<LiveKey | null> {
    for (let earlier = this.#first; ; ) {
      const keys = await this.#joinSecond(id)
      const key = keys.get(id)
      if (key !== undefined) return key
      if (earlier !== null && !earlier.has(id)) return null
      if (this.#second?.asked.has(id) && this.#second.endedAt !== null) this.#ended(keys)
      earlier = keys
    }
  }

  async known(id: string): Promise<LiveKey | null> {
    return this.#seen.get(id) ?? (await this.get(id))
  }

  wrote(changes: Readonly<Record<string, LiveKey | null>>): void {
    this.#first = null
    this.#second = null
    for (const [id, key] of Object.entries(changes)) {
      if (key === null) this.#seen.delete(id)
      else this.#seen.set(id, key)
    }
  }

  #ended(keys: Keys): void {
    this.#first = keys
    this.#second = null
  }

  #joinSecond(id: string): Promise<Keys> {
    const second = this.#second
    const isOpen = second?.endedAt === null
    const isRecent = second?.endedAt != null && this.#parts.now() - second.endedAt <= MOMENT
    if (second !== null && (isOpen || (isRecent && !second.asked.has(id)))) {
      second.asked.add(id)
      return second.keys
    }
    return this.#beginSecond(id)
  }

  #beginSecond(id: string): Promise<Keys> {
    const keys = this.#walk()
    const second: Second = { keys, asked: new Set([id]), endedAt: null }
    this.#second = second
    const close = (): void => {
      second.endedAt = this.#parts.now()
    }
    keys.then(close, () => {
      if (this.#second === second) this.#second = null
    })
    return keys
  }

  async #walk(): Promise<Keys> {
    const keys = new Map((await this.#parts.walk()).map((key) => [key.id, key]))
    this.#seen.clear()
    for (const [id, key] of keys) this.#seen.set(id, key)
    return keys
  }
}
