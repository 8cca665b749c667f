/**
 * Templates of places: `Authorization: Bearer ${secret}`.
 *
 * A template holds `${secret}` exactly once; the other placeholders are facts of the live key. Because of that, what a place
 * holds is always prefix + secret + suffix, and the secret can be taken back out of it after a crash without guessing.
 * A template that is a JSON object or array gets its values JSON-escaped.
 * Texts in here may be secrets: nothing of them goes into a message.
 */
import { nearest } from './nearest.ts'
import type { LiveGeneration } from './record.ts'
import type { Instant } from './time.ts'

/** What placeholders stand for, besides the secret. */
export interface TemplateValues {
  /** Id of the manifest entry. */
  readonly id: string
  readonly name: string
  /** Id of the live key. */
  readonly hash: string
  /** `null` is written as `never`. */
  readonly expiresAt: Instant | null
  readonly generation: number
}

/** The values of one generation. They are fixed at its issue, so that what was rendered can be recognised for ever. */
export function valuesOf({ n, id, issued }: Pick<LiveGeneration, 'n' | 'id' | 'issued'>): TemplateValues {
  const { expiresAt } = issued.fields
  return { ...issued.words, hash: id, expiresAt: typeof expiresAt === 'string' ? expiresAt : null, generation: n }
}

/** A template with everything filled in but the secret. */
export interface Frame {
  readonly prefix: string
  readonly suffix: string
  readonly json: boolean
}

export interface TemplateProblem {
  readonly message: string
  readonly hint: string
}

const PLACEHOLDER = /\$\{([^{}]*)\}/g
export const PLACEHOLDERS = ['secret', 'id', 'name', 'hash', 'expiresAt', 'generation'] as const
type Placeholder = (typeof PLACEHOLDERS)[number]

/** Every problem of a template; empty when it can be used. */
export function templateProblems(template: string): readonly TemplateProblem[] {
  const names = [...template.matchAll(PLACEHOLDER)].map((match) => match[1] ?? '')
  const problems = names.filter((name) => !isPlaceholder(name)).map(unknownPlaceholder)
  const secrets = names.filter((name) => name === 'secret').length
  if (secrets !== 1) {
    const message =
      secrets === 0 ? 'the template never uses ${secret}' : `the template uses \${secret} ${secrets} times`
    problems.push({ message, hint: 'write ${secret} exactly once, for example: "Bearer ${secret}"' })
  }
  return problems
}

function unknownPlaceholder(name: string): TemplateProblem {
  const near = nearest(name, PLACEHOLDERS)
  const known = PLACEHOLDERS.map((each) => `\${${each}}`).join(' ')
  return {
    message: `the template uses the unknown placeholder \${${name}}`,
    hint: near === null ? `use one of ${known}` : `did you mean \${${near}}?`,
  }
}

function isPlaceholder(name: string): name is Placeholder {
  return PLACEHOLDERS.some((each) => each === name)
}

/** Fills in all but the secret. No template is the bare secret. Throws `RangeError` for a template with problems. */
export function frame(template: string | undefined, values: TemplateValues): Frame {
  if (template === undefined) return { prefix: '', suffix: '', json: false }
  if (templateProblems(template).length > 0) throw new RangeError('a template with problems was used')
  const json = isJson(template)
  const [prefix = '', suffix = ''] = template.split('${secret}')
  return { prefix: fill(prefix, values, json), suffix: fill(suffix, values, json), json }
}

function fill(part: string, values: TemplateValues, json: boolean): string {
  return part.replace(PLACEHOLDER, (_, name: string) => {
    const text = isPlaceholder(name) && name !== 'secret' ? `${values[name] ?? 'never'}` : ''
    return json ? escapeJson(text) : text
  })
}

/** True for a JSON object or array; a placeholder may stand inside a string or for a number. */
function isJson(template: string): boolean {
  if (!/^\s*[[{]/.test(template)) return false
  try {
    JSON.parse(template.replace(PLACEHOLDER, '0'))
    return true
  } catch {
    return false
  }
}

function escapeJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

/** The exact text of a place. */
export function fillFrame(frame: Frame, secret: string): string {
  return frame.prefix + (frame.json ? escapeJson(secret) : secret) + frame.suffix
}

/** The inverse of `fillFrame`: the secret inside `text`, or `null` when `text` was not made from this frame. */
export function secretInFrame(frame: Frame, text: string): string | null {
  const { prefix, suffix } = frame
  if (text.length <= prefix.length + suffix.length || !text.startsWith(prefix) || !text.endsWith(suffix)) return null
  const middle = text.slice(prefix.length, text.length - suffix.length)
  return frame.json ? unescapeJson(middle) : middle
}

function unescapeJson(middle: string): string | null {
  try {
    const text: unknown = JSON.parse(`"${middle}"`)
    return typeof text === 'string' && escapeJson(text) === middle ? text : null
  } catch {
    return null
  }
}
