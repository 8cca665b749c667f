/** Numbers on the wire: an integer, a double by its exact value, or a decimal text. Written as a safe integer or a decimal text. */
import { decimalText, exactDouble, numeric } from './numeric.ts'
import type { Token } from './pack-reader.ts'
import type { PackWriter } from './pack-writer.ts'
import { Decimal } from './value.ts'
import { ValueError } from './value-error.ts'

export function numberOf(token: Token): number | Decimal {
  const value = read(token)
  if (value === null) throw new ValueError('a number is not finite, or is no number at all')
  return value
}

function read(token: Token): number | Decimal | null {
  if (token.kind === 'int') return typeof token.value === 'number' ? token.value : numeric(token.value.toString())
  if (token.kind === 'float') return exactDouble(token.value)
  return token.kind === 'text' ? numeric(token.value) : null
}

export function writeNumber(writer: PackWriter, value: number | Decimal): void {
  if (value instanceof Decimal) writer.text(value.text)
  else if (Number.isSafeInteger(value)) writer.int(value)
  else writer.text(decimalText(value))
}
