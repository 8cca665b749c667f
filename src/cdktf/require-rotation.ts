/** Refuses keys that nothing rotates: `Aspects.of(stack).add(new RequireRotation({ atMost: '90d' }))`. */
import { Annotations, type IAspect } from 'cdktf'
import type { IConstruct } from 'constructs'
import { parseDuration } from '../core/time.ts'
import type { Duration } from './amounts.ts'
import { OpenrouterKey } from './bindings/openrouter-key.generated.ts'
import { StraitKey } from './bindings/strait-key.generated.ts'

export interface RequireRotationOptions {
  /** Longest allowed `every`. Without it, any rotation will do, `rotateWhen` too. */
  readonly atMost?: Duration
}

export class RequireRotation implements IAspect {
  readonly #atMost: Duration | null

  constructor({ atMost }: RequireRotationOptions = {}) {
    this.#atMost = atMost ?? null
  }

  /** Adds an error, which fails the synthesis. */
  visit(node: IConstruct): void {
    if (!(node instanceof OpenrouterKey || node instanceof StraitKey)) return
    const problem = problemOf(node.rotation.internalValue, this.#atMost)
    if (problem !== null) Annotations.of(node).addError(`The key ${node.keyIdInput ?? node.node.path} ${problem}`)
  }
}

function problemOf(rotation: unknown, atMost: Duration | null): string | null {
  const { every, on, rotateWhen } = { ...(typeof rotation === 'object' ? rotation : {}) } as Readonly<
    Record<string, unknown>
  >
  if (atMost === null && (rotateWhen !== undefined || every !== undefined)) return null
  const line = `rotation: { on: 'apply', every: '${atMost ?? '30d'}' }`
  if (typeof every !== 'string') return `is never rotated. Write ${line}`
  if (on !== 'apply') return `has an age, but nothing looks at it. Write ${line}`
  const [age, most] = [parseDuration(every), atMost === null ? null : parseDuration(atMost)]
  return age !== null && most !== null && age > most
    ? `is rotated every ${every}; at most ${atMost} are allowed. Write ${line}`
    : null
}
