/** Types and values that fit them, for properties. */
import fc from 'fast-check'
import { numeric } from '../../src/terraform/values/numeric.ts'
import { type CtyType, mapped } from '../../src/terraform/values/types.ts'
import { Dynamic, type Refinements, UNKNOWN, Unknown, type Value } from '../../src/terraform/values/value.ts'

export const runs = (quick: number): { readonly numRuns: number } => ({
  numRuns: process.env.SLOW === '1' ? quick * 20 : quick,
})

/** Any characters but lone surrogates, which no UTF-8 holds. */
export const anyText = fc.oneof(
  fc.constantFrom('', '__proto__', 'constructor', '\u0000', '123', 'null'),
  fc.string({ unit: 'binary', maxLength: 40 }),
)

export const anyType: fc.Arbitrary<CtyType> = fc.letrec<{ type: CtyType }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'type' },
    fc.constantFrom<CtyType>('string', 'number', 'bool', 'dynamic'),
    tie('type').map((list) => ({ list })),
    tie('type').map((set) => ({ set })),
    tie('type').map((map) => ({ map })),
    fc.array(tie('type'), { maxLength: 3 }).map((tuple) => ({ tuple })),
    fc.dictionary(anyText, tie('type'), { maxKeys: 3 }).map((object) => ({ object: mapped(object, (one) => one) })),
  ),
})).type

const digits = fc.stringMatching(/^[0-9]{1,40}$/)
export const decimalTexts = fc
  .tuple(fc.constantFrom('', '-'), digits, fc.option(digits), fc.option(fc.integer({ min: -40, max: 40 })))
  .map(
    ([sign, whole, part, power]) =>
      `${sign}${whole}${part === null ? '' : `.${part}`}${power === null ? '' : `e${power}`}`,
  )

export const anyNumber = fc.oneof(
  fc.maxSafeInteger(),
  decimalTexts.map((text) => numeric(text) ?? 0),
)

const bound = fc.record({ value: anyNumber, inclusive: fc.boolean() })
const refinements: fc.Arbitrary<Refinements> = fc.record(
  {
    notNull: fc.constant(true as const),
    prefix: anyText,
    min: bound,
    max: bound,
    minLength: fc.nat(),
    maxLength: fc.nat(),
  },
  { requiredKeys: [] },
)

export const anyUnknown: fc.Arbitrary<Unknown> = refinements.map((facts) =>
  Object.keys(facts).length === 0 ? UNKNOWN : new Unknown(facts),
)

/** A value of the type, with nulls and unknowns anywhere. */
export function anyValueOf(type: CtyType): fc.Arbitrary<Value> {
  return fc.oneof({ weight: 6, arbitrary: knownOf(type) }, fc.constant(null), anyUnknown)
}

function knownOf(type: CtyType): fc.Arbitrary<Value> {
  if (type === 'string') return anyText
  if (type === 'bool') return fc.boolean()
  if (type === 'number') return anyNumber
  if (type === 'dynamic') return anyType.chain((inner) => anyValueOf(inner).map((value) => new Dynamic(inner, value)))
  if ('list' in type) return fc.array(anyValueOf(type.list), { maxLength: 4 })
  if ('set' in type) return fc.array(anyValueOf(type.set), { maxLength: 4 })
  if ('tuple' in type) return fc.tuple(...type.tuple.map(anyValueOf))
  if ('map' in type)
    return fc.dictionary(anyText, anyValueOf(type.map), { maxKeys: 4 }).map((map) => mapped(map, (one) => one))
  const names = Object.keys(type.object)
  return fc
    .tuple(...names.map((name) => anyValueOf(type.object[name] ?? 'dynamic')))
    .map((values) => mapped(type.object, (_, name) => values[names.indexOf(name)] ?? null))
}

export const anyTypedValue = anyType.chain((type) => fc.tuple(fc.constant(type), anyValueOf(type)))
