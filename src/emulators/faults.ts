import type { ApiCall } from './exchange.ts'
import type { Draw } from './seeded.ts'

/**
 * Kinds that `--fault-rate` may draw, each only where it makes sense. "Commit" is the effect of the request, e.g. the key that exists
 * afterwards. The admission kinds are Strait's: a 429 that may come before the handler ran or after its commit failed to be confirmed.
 */
export const DRAWABLE_FAULTS = [
  'rate-limit',
  'rate-limit-retry-after',
  'error-before-commit',
  'error-after-commit',
  'cut-before-commit',
  'cut-after-commit',
  'html',
  'slow',
  'admission-before-commit',
  'admission-after-commit',
] as const

/**
 * Kinds that happen only where they are asked for by name: a foreign key appears (`page-shift`) or disappears (`page-gap`) before a later
 * page of a list, pages get another length (`page-size`), answers carry fields nobody has heard of (`extra-fields`).
 */
export const NAMED_FAULTS = ['page-shift', 'page-gap', 'page-size', 'extra-fields'] as const

export const FAULT_KINDS = [...DRAWABLE_FAULTS, ...NAMED_FAULTS] as const
export type FaultKind = (typeof FAULT_KINDS)[number]

/**
 * `count` = how many matching requests it hits; null = all. `method` may be `*`. In `pattern`, which is matched with the path as the traffic
 * log shows it, `*` stands for any text and `:id` (a colon and any name) for one segment.
 */
export interface FaultRule {
  readonly method: string
  readonly pattern: string
  readonly kind: FaultKind
  readonly count: number | null
}

export interface ChosenFault {
  readonly kind: FaultKind
  /** By `--fault-rate` rather than by a rule. */
  readonly drawn: boolean
}

export interface FaultPlan {
  /** The fault for this request, or null. Uses up one count of the rule that matched; rules go before the rate, in the order they were added. */
  choose(call: ApiCall, suits: (kind: FaultKind) => boolean): ChosenFault | null
  add(rule: FaultRule): void
  /** Removes all rules; the rate stays. */
  clear(): void
  rules(): readonly FaultRule[]
}

interface LoadedRule {
  readonly rule: FaultRule
  readonly path: RegExp
  left: number
}

export function faultPlan(rules: readonly FaultRule[], rate: number, draw: Draw): FaultPlan {
  let loaded = rules.map(load)
  return {
    choose(call, suits) {
      const hit = loaded.find((each) => each.left > 0 && matches(each, call) && suits(each.rule.kind))
      if (hit === undefined) return drawn(rate, draw, suits)
      hit.left -= 1
      return { kind: hit.rule.kind, drawn: false }
    },
    add: (rule) => void loaded.push(load(rule)),
    clear: () => {
      loaded = []
    },
    rules: () => loaded.map(({ rule, left }) => ({ ...rule, count: rule.count === null ? null : left })),
  }
}

function drawn(rate: number, draw: Draw, suits: (kind: FaultKind) => boolean): ChosenFault | null {
  if (rate <= 0 || draw() >= rate) return null
  const kinds = DRAWABLE_FAULTS.filter(suits)
  const kind = kinds[Math.floor(draw() * kinds.length)]
  return kind === undefined ? null : { kind, drawn: true }
}

function load(rule: FaultRule): LoadedRule {
  const parts = rule.pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  const path = parts.join('.*').replace(/(?<=\/):\w+/g, '[^/]+')
  return { rule, path: new RegExp(`^${path}$`), left: rule.count ?? Number.POSITIVE_INFINITY }
}

function matches({ rule, path }: LoadedRule, call: ApiCall): boolean {
  return (rule.method === '*' || rule.method === call.method) && path.test(call.path)
}
