/**
 * Reading YAML and JSON files of people: plain data, positions of everything, every problem at once, and never an exception.
 * A hostile file costs no more than a few tenths of a second; after parsing only data, text and offsets are kept.
 */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import type { Code } from '../core/codes/index.ts'
import type { Diagnostic } from '../core/diagnostic.ts'
import { isMapping, type SourceDocument } from '../core/manifest/source.ts'
import type { LineIndex } from './yaml/lines.ts'
import { readPlain } from './yaml/plain.ts'
import type { Spans } from './yaml/spans.ts'
import { decodeText, MAX_BYTES, TOO_LONG, type Trouble } from './yaml/text.ts'

/** Which codes the problems of a file get: `CONFIG_SYNTAX` or `MANIFEST_SYNTAX`. */
export type Area = 'CONFIG' | 'MANIFEST'

export interface ReadFile {
  /** `null` when the file is too broken to judge what it says. Present in spite of errors such as a repeated name. */
  readonly document: SourceDocument | null
  readonly diagnostics: readonly Diagnostic[]
}

export interface FileName {
  readonly area: Area
  /** Path to show. */
  readonly file: string
}

/** Reads a file of at most 4 MiB. Never throws: a file that cannot be read is a diagnostic too. */
export async function readDocument(path: string, name: FileName): Promise<ReadFile> {
  try {
    const bytes = bytesOf(path)
    return typeof bytes === 'number' ? refusedUnread(name, bytes) : await parseDocument(bytes, name)
  } catch (error) {
    return unreadable(name, error)
  }
}

/**
 * The content, or the size of a file that is too large to be read. Without waiting: a handle of `fs/promises` costs a short command
 * more than reading the file does.
 */
function bytesOf(path: string): Uint8Array | number {
  const handle = openSync(path, 'r')
  try {
    const { size } = fstatSync(handle)
    return size > MAX_BYTES ? size : readFileSync(handle)
  } finally {
    closeSync(handle)
  }
}

function refusedUnread(name: FileName, size: number): ReadFile {
  const message = `The file has ${(size / 1024 / 1024).toFixed(1)} MiB; at most ${MAX_BYTES / 1024 / 1024} MiB are read.`
  return failed(name, 'TOO_LARGE', message, 'split it into several files')
}

function unreadable(name: FileName, error: unknown): ReadFile {
  const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
  return failed(name, 'UNREADABLE', `The file cannot be read (${reason}).`, `ls -l ${name.file}`)
}

function failed({ area, file }: FileName, rest: 'TOO_LARGE' | 'UNREADABLE', message: string, hint: string): ReadFile {
  const at = { file, line: 1, column: 1, length: 1 }
  return { document: null, diagnostics: [{ severity: 'error', code: `${area}_${rest}`, message, hint, at }] }
}

/** Parses the bytes of a file. */
export async function parseDocument(bytes: Uint8Array, name: FileName): Promise<ReadFile> {
  const { text, lines, troubles } = decodeText(bytes)
  const said = (more: readonly Trouble[]) => more.map((trouble) => diagnosticOf(trouble, name, lines))
  const warnings = said(troubles)
  if (warnings.some(({ severity }) => severity === 'error')) return { document: null, diagnostics: warnings }
  const parsed = await parseText(text)
  if (!('data' in parsed)) return { document: null, diagnostics: [...warnings, ...said(parsed.troubles)] }
  const { data, spans, troubles: found } = parsed
  const wrong = isMapping(data) || found.length > 0 ? found : [rootTrouble(text, data, name.area)]
  const document = wrong.every(isHarmless) ? documentOf(name.file, data, spans, lines) : null
  return { document, diagnostics: [...warnings, ...said(wrong)] }
}

type Parsed =
  | { readonly data: unknown; readonly spans: Spans; readonly troubles: readonly Trouble[] }
  | { readonly troubles: readonly Trouble[] }

/** The fast reader first; what it declines goes to the `yaml` package, which is loaded only then. */
async function parseText(text: string): Promise<Parsed> {
  const plain = readPlain(text)
  if ('data' in plain) return plain
  const { compose } = await import('./yaml/compose.ts')
  const composed = await compose(text)
  if (composed.troubles.length > 0)
    return { troubles: composed.troubles.map((trouble) => explained(trouble, plain.declined)) }
  const { convert } = await import('./yaml/convert.ts')
  return convert(composed.root)
}

/** A long file is read as long as it is plain: what is in the way is the line that is not, and it is often a mistake. */
function explained(trouble: Trouble, declined: number): Trouble {
  if (trouble.message !== TOO_LONG || declined === 0) return trouble
  const message = 'A file as long as this one must be plain YAML, and here is something else (or a mistake).'
  return { rest: 'TOO_LARGE', offset: declined, message, hint: 'mend this line, or split the file' }
}

/** The rest of the file can be judged all the same: of a repeated name the first counts, a forbidden one is left out. */
function isHarmless({ rest }: Trouble): boolean {
  return rest === 'DUPLICATE_FIELD' || rest === 'FORBIDDEN_NAME'
}

function rootTrouble(text: string, data: unknown, area: Area): Trouble {
  const offset = Math.max(0, text.search(/\S/))
  const what =
    data === null ? 'The file is empty' : `The file holds ${Array.isArray(data) ? 'a list' : 'a single value'}`
  return {
    rest: 'SYNTAX',
    offset,
    message: `${what}; a mapping (name: value) is expected.`,
    hint: `keywright schema ${area === 'CONFIG' ? 'config' : 'manifest'}`,
  }
}

function diagnosticOf(trouble: Trouble, { area, file }: FileName, lines: LineIndex): Diagnostic {
  const code: Code = `${area}_${trouble.rest}`
  const { message, hint, severity = 'error' } = trouble
  const at = lines.range(file, trouble.offset, trouble.length ?? 1)
  return { severity, code, message, ...(hint === undefined ? {} : { hint }), at }
}

function documentOf(file: string, data: unknown, spans: Spans, lines: LineIndex): SourceDocument {
  return {
    file,
    data,
    range(container, member, part) {
      const span = spans.of(container, member)
      if (span === null) return lines.range(file, 0, 1)
      const [start, end] = part === 'key' ? [span[0], span[1]] : [span[2], span[3]]
      return lines.range(file, start, end - start)
    },
    origin(container, member) {
      const [start = 0] = spans.of(container, member) ?? []
      return { file, ...lines.position(start) }
    },
  }
}
