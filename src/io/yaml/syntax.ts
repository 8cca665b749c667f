/** What went wrong in a broken line, in our words. The library's own texts may quote the file, and the file may hold a secret. */
import type { ErrorCode } from 'yaml'
import type { Trouble } from './text.ts'

type Words = readonly [message: string, hint: string]

const INDENT: Words = ['This line is indented by other steps than its neighbours.', 'indent by two spaces per level']
const QUOTE = 'put the text in quotes: "..."'

const WORDS: Readonly<Partial<Record<ErrorCode, Words>>> = {
  ALIAS_PROPS: ['An alias (*name) cannot have an anchor or a tag.', 'write the value out'],
  BAD_ALIAS: ['An alias (*name) or anchor (&name) without a usable name.', QUOTE],
  BAD_DIRECTIVE: ['A directive (%) is not accepted.', 'remove the line'],
  BAD_DQ_ESCAPE: ['A backslash in double quotes starts no known escape.', "use single quotes: '...'"],
  BAD_INDENT: INDENT,
  BAD_PROP_ORDER: ['Anchors and tags must stand directly before their value.', 'remove them'],
  BAD_SCALAR_START: ['A text cannot start with this character.', QUOTE],
  BLOCK_AS_IMPLICIT_KEY: ['Two mappings on one line, or a value with ": " in it.', QUOTE],
  BLOCK_IN_FLOW: ['Indented lists and mappings cannot stand inside [...] or {...}.', 'use [a, b] or { a: 1 } there'],
  KEY_OVER_1024_CHARS: ['A name before ":" is longer than 1024 characters.', 'shorten it'],
  MISSING_CHAR: [
    'A closing quote, bracket, comma or colon is missing.',
    'close what was opened on or before this line',
  ],
  MULTILINE_IMPLICIT_KEY: ['A line without ": " stands where a name and its value should be.', 'write name: value'],
  MULTIPLE_ANCHORS: ['A value can have only one anchor.', 'remove one'],
  MULTIPLE_TAGS: ['Tags (!name) are not accepted.', 'remove it'],
  TAB_AS_INDENT: ['A tab is used as indentation; YAML allows only spaces there.', 'replace the tab by two spaces'],
  TAG_RESOLVE_FAILED: ['Tags (!name) are not accepted.', 'remove it'],
  UNEXPECTED_TOKEN: ['Something stands here that does not belong in this place.', QUOTE],
}

export function syntaxTrouble(code: ErrorCode, offset: number, length: number): Trouble {
  const [message, hint] = WORDS[code] ?? ['This line cannot be understood as YAML.', QUOTE]
  return { rest: 'SYNTAX', offset, length, message, hint }
}
