/** Bodies of answers as values, and texts of others as part of our messages. */

export type JsonObject = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `undefined` when the text is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Text of an API for our messages: one short line, no control characters, and nothing that looks like a credential. */
export function printable(text: string): string {
  const line = text.replace(/[\p{C}\s]+/gu, ' ').trim()
  return line.replace(/(sk-|strait_|whsec_)[\w-]{8,}/g, '$1…').slice(0, 200) || 'no reason given'
}
