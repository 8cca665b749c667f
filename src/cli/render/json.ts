/**
 * JSON documents. They keep live text as it is, since programs read them; but what could act on a terminal or in a build log is
 * written as an escape, which any JSON parser turns back.
 */
import { block } from './text.ts'

/** Controls, formats and line ends that JSON itself would leave as they are, and the second sign of `::` and `##`. */
const ACTIVE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]|(?<=:):|(?<=#)#/gu

/** One document of a command, with `schemaVersion` first. Members that are `undefined` are left out. */
export function document(kind: string, body: object): string {
  return block([safeJson({ schemaVersion: 1, kind, ...body }, 2)])
}

/** JSON that does nothing when it is printed. With `indent`, only the line ends of the layout are line ends. */
export function safeJson(value: unknown, indent = 0): string {
  const lines = JSON.stringify(value, null, indent).split('\n')
  return lines.map((line) => line.replace(ACTIVE, escaped)).join('\n')
}

function escaped(letter: string): string {
  let text = ''
  for (let i = 0; i < letter.length; i++) text += `\\u${letter.charCodeAt(i).toString(16).padStart(4, '0')}`
  return text
}
