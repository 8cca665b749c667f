/**
 * From text to a syntax tree, by the `yaml` package, watched while it works.
 *
 * The package is driven one lexeme at a time: its lexer and parser keep their own stacks, so a hostile file is left as soon as
 * it nests too deeply, gets too long or starts a second document, before anything recursive sees it. Duplicate names are not
 * its business here: it compares each with all others, which takes hours for a large mapping.
 */
import type { Document, ParsedNode } from 'yaml'
import { syntaxTrouble } from './syntax.ts'
import { MAX_DEPTH, TOO_LONG, type Trouble } from './text.ts'

/**
 * Pieces of syntax that are read in one file, about 140 for a key with everything. Bounds the time a hostile file can take. Of a
 * long file only the beginning is looked at, for what is wrong with it: long files are read by the fast reader or not at all.
 */
const MAX_LEXEMES = 400_000
const LEXEMES_OF_LONG = 20_000
const LONG = 1024 * 1024
/** The package puts long values together letter by letter. */
const LONGEST_LEXEME = 256 * 1024
const MAX_TROUBLES = 10

export interface Composed {
  /** `null` when it is not worth looking into. */
  readonly root: ParsedNode | null
  readonly troubles: readonly Trouble[]
}

export async function compose(text: string): Promise<Composed> {
  const { Composer, Lexer, Parser } = await import('yaml')
  const parser = new Parser()
  const composer = new Composer({ uniqueKeys: false, prettyErrors: false, keepSourceTokens: false, logLevel: 'silent' })
  const documents: Document.Parsed[] = []
  let lexemes = text.length > LONG ? MAX_LEXEMES - LEXEMES_OF_LONG : 0
  let ended = false
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      if (token.type === 'directive') return stopped(syntaxTrouble('BAD_DIRECTIVE', token.offset, token.source.length))
      ended ||= token.type === 'document'
      documents.push(...composer.next(token))
    }
    if (lexeme.length > LONGEST_LEXEME) return stopped(tooLong(parser.offset))
    lexemes += 1
    const trouble = excess(parser.stack.length, lexemes, parser.offset)
    if (trouble !== null) return stopped(trouble)
    if (ended && lexeme === '---') return stopped(secondDocument(parser.offset))
  }
  for (const token of parser.end()) documents.push(...composer.next(token))
  documents.push(...composer.end(true, text.length))
  return judged(documents)
}

function stopped(trouble: Trouble): Composed {
  return { root: null, troubles: [trouble] }
}

/** The parser's stack holds the document, every open collection, and sometimes one scalar. */
function excess(stack: number, lexemes: number, offset: number): Trouble | null {
  if (stack > MAX_DEPTH + 2) return tooDeep(offset)
  return lexemes <= MAX_LEXEMES ? null : tooLong(offset)
}

function tooLong(offset: number): Trouble {
  return { rest: 'TOO_LARGE', offset, message: TOO_LONG, hint: 'split it into several files' }
}

export function tooDeep(offset: number): Trouble {
  const message = `Lists and mappings are nested more than ${MAX_DEPTH} levels deep.`
  return { rest: 'TOO_LARGE', offset, message, hint: 'remove the brackets or indentation that are not needed' }
}

function secondDocument(offset: number): Trouble {
  const message = 'A second document starts here; a file holds one.'
  return { rest: 'SYNTAX', offset: offset - 3, length: 3, message, hint: 'remove "---", or split the file in two' }
}

function judged(documents: readonly Document.Parsed[]): Composed {
  const [first, second] = documents
  const faults = [...(first?.errors ?? []), ...(first?.warnings ?? [])].sort((a, b) => a.pos[0] - b.pos[0])
  const troubles = faults.slice(0, MAX_TROUBLES).map(({ code, pos }) => syntaxTrouble(code, pos[0], pos[1] - pos[0]))
  if (second !== undefined) troubles.push(secondDocument(second.range[0] + 3))
  return { root: troubles.length > 0 ? null : (first?.contents ?? null), troubles }
}
