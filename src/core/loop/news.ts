/** Which alerts are news to a receiver. */
import type { AlertKind } from '../config/watching.ts'

export interface Alert {
  readonly kind: AlertKind
  /** `null`: about no single address. */
  readonly address: string | null
  /** One line. Tells two alerts of one kind at one address apart: another cause is told again. */
  readonly cause: string
  /** A sentence. Live text in it is hostile. */
  readonly text: string
  /** Something to type or to do. */
  readonly remedy: string | null
}

/** Causes that were told, one a line, by kind and address. */
export type Told = Readonly<Record<string, string>>

export interface News {
  readonly fresh: readonly Alert[]
  /** What is remembered once `fresh` has arrived. */
  readonly told: Told
}

/** `rotated` is an event and not a condition: nothing is remembered of it. */
function isEvent({ kind }: Alert): boolean {
  return kind === 'rotated'
}

function keyOf({ kind, address }: Alert): string {
  return `${kind} ${address ?? '*'}`
}

/**
 * `isWhole`: the alerts are all there are, so that what is missing among them is over and is forgotten; it will be news when it comes
 * again. After a run that looked at a part, or failed, nothing is forgotten.
 */
export function newsOf(told: Told, alerts: readonly Alert[], isWhole: boolean): News {
  const isKnown = (alert: Alert): boolean => (told[keyOf(alert)] ?? '').split('\n').includes(alert.cause)
  const fresh = alerts.filter((alert) => isEvent(alert) || !isKnown(alert))
  const next = new Map<string, Set<string>>()
  for (const alert of alerts) {
    if (isEvent(alert)) continue
    const causes = next.get(keyOf(alert)) ?? new Set(isWhole ? [] : told[keyOf(alert)]?.split('\n'))
    next.set(keyOf(alert), causes.add(alert.cause))
  }
  const all = Object.fromEntries([...next].map(([key, causes]) => [key, [...causes].join('\n')]))
  return { fresh, told: isWhole ? all : { ...told, ...all } }
}
