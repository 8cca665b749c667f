/** What a receiver is told, before it has a form. */
import type { Alert } from '../../core/loop/news.ts'
import type { Instant } from '../../core/time.ts'

export interface Message {
  readonly kind: 'alerts' | 'digest'
  readonly stack: string
  readonly at: Instant
  readonly alerts: readonly Alert[]
  /** One sentence; of a digest. */
  readonly summary?: string
}

/** Sends one message. `null` when it arrived, else why not, without anything secret in it. */
export type Send = (message: Message) => Promise<string | null>
