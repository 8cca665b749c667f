/** Refuses keys that nothing rotates: `Aspects.of(stack).add(new RequireRotation({ atMost: '90d' }))`. */
import { Annotations, type IAspect } from 'cdktf'
import type { IConstruct } from 'constructs'
import { parseDuration } from '../core/time.ts'
import type { Duration } from './amounts.ts'
import { OpenrouterKey } from './bindings/openrouter-key.generated.ts'
import { StraitKey } from './bindings/strait-key.generated.ts'

export interface RequireRotationOptions {
  /** Longest life of a secret: by `every`, or by `expiresIn`, which renews it as well. Without it, any rotation will do, `rotateWhen` too. */
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
    const problem = problemOf(node, this.#atMost)
    if (problem !== null) Annotations.of(node).addError(`The key ${node.keyIdInput ?? node.node.path} ${problem}`)
  }
}

function problemOf({ rotation, expiresInInput }: OpenrouterKey | StraitKey, atMost: Duration | null): string | null {
  const { every, on, rotateWhen } = { ...rotation.internalValue } as Readonly<Record<string, unknown>>
  const ages = [on === 'apply' ? every : undefined, expiresInInput].filter((age) => typeof age === 'string')
  if (ages.some((age) => isWithin(age, atMost)) || (atMost === null && rotateWhen !== undefined)) return null
  const line = `Write rotation: { on: 'apply', every: '${atMost ?? '30d'}' }`
  if (ages.length > 0) return `is rotated every ${ages[0]}; at most ${atMost} are allowed. ${line}`
  if (every !== undefined) return `has an age, but nothing looks at it. ${line}`
  return rotateWhen === undefined
    ? `is never rotated. ${line}`
    : `is rotated only when rotateWhen changes; at most ${atMost} are allowed. ${line}`
}

/** What is a token is known to Terraform alone, and let through. */
function isWithin(age: string, atMost: Duration | null): boolean {
  const [life, most] = [parseDuration(age), atMost === null ? null : parseDuration(atMost)]
  return life === null || most === null || life <= most
}
