/** The repository as text, for rules about it. Paths are relative to its root, with `/`. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, sep } from 'node:path'

export interface SourceFile {
  readonly path: string
  readonly text: string
}

const GENERATED = /\.generated\./

/** Every file below the folders with one of the endings; generated ones are left out. */
export function filesIn(
  folders: readonly string[],
  endings: readonly string[] = ['.ts', '.mjs'],
): readonly SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter(({ name }) => endings.some((ending) => name.endsWith(ending)) && !GENERATED.test(name))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).split(sep).join('/'))
      .map((path) => ({ path, text: readFileSync(path, 'utf8') })),
  )
}

const STATEMENT = /^\s*(?:import|export)\b[^'"`;]*?from\s*['"]([^'"]+)['"]/gm
const BARE = /^\s*import\s*['"]([^'"]+)['"]/gm
const CALL = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g

/** Without what is imported for its types alone. */
export function withoutTypes({ path, text }: SourceFile): SourceFile {
  return { path, text: text.replace(/^(?:import|export) type\b[^'"`;]*?from\s*['"][^'"]+['"]/gm, '') }
}

/** What a file imports, types included: paths from the root for our own files, names for everything else. */
export function importsOf({ path, text }: SourceFile): readonly string[] {
  const found = [STATEMENT, BARE, CALL].flatMap((pattern) => [...text.matchAll(pattern)].map(([, name = '']) => name))
  return found.map((name) =>
    name.startsWith('.')
      ? normalize(join(dirname(path), name))
          .split(sep)
          .join('/')
      : name,
  )
}

/** Without comments, and without the insides of plain texts; templates stay, as code may stand in them. */
export function codeOf(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|(?<![:'"`\\])\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g, (match) =>
    match.startsWith('/') ? ' ' : "''",
  )
}

/** `src/core/manifest/key.ts` -> `core`. */
export function areaOf(path: string): string {
  return path.split('/')[1] ?? ''
}
