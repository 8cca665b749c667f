/** Decimal numbers without loss. A text is read into sign, digits and exponent, and written in one canonical way. */
import { Decimal } from './value.ts'

const SHAPE = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,9}))?$/
/** Numbers with more places than this are written with an exponent. */
const MOST_PLACES = 600

/** `null` when the text is no decimal number. */
export function canonicalDecimal(text: string): string | null {
  const match = SHAPE.exec(text)
  if (!match) return null
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match
  const all = `${whole}${fraction}`.replace(/^0+/, '')
  const digits = all.replace(/0+$/, '')
  if (digits === '') return '0'
  // digits x 10^power
  const power = Number(exponent) - fraction.length + (all.length - digits.length)
  return `${sign === '-' ? '-' : ''}${placed(digits, power)}`
}

function placed(digits: string, power: number): string {
  if (power > MOST_PLACES || -power > MOST_PLACES + digits.length) return `${digits}e${power}`
  if (power >= 0) return digits + '0'.repeat(power)
  const point = digits.length + power
  return point > 0 ? `${digits.slice(0, point)}.${digits.slice(point)}` : `0.${'0'.repeat(-point)}${digits}`
}

/** A decimal text as a plain number where that prints as the same decimal, else as a `Decimal`; `null` when it is no number. */
export function numeric(text: string): number | Decimal | null {
  const canonical = canonicalDecimal(text)
  if (canonical === null) return null
  const plain = Number(canonical)
  return Number.isFinite(plain) && decimalText(plain) === canonical ? plain : new Decimal(canonical)
}

/** Canonical text of a plain number: `1e21` becomes a one with 21 zeros, -0 becomes 0. Throws RangeError for NaN and infinities. */
export function decimalText(value: number): string {
  const canonical = canonicalDecimal(String(value))
  if (canonical === null) throw new RangeError(`${value} is no number that can be sent`)
  return canonical
}

/** A double by its exact binary value, which may differ from the decimal it prints as. */
export function exactDouble(value: number): number | Decimal | null {
  if (!Number.isFinite(value)) return null
  if (Number.isSafeInteger(value)) return value === 0 ? 0 : value
  let scaled = value
  let halvings = 0
  while (!Number.isInteger(scaled)) {
    scaled *= 2
    halvings += 1
  }
  // scaled / 2^n = scaled * 5^n / 10^n
  return numeric(`${BigInt(scaled) * 5n ** BigInt(halvings)}e-${halvings}`)
}
