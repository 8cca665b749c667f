import { readFile, stat } from 'node:fs/promises'
import { type ReadTable, readTable } from '../../core/manifest/csv.ts'
import type { Tables } from '../../core/manifest/expand.ts'
import { locateInside } from '../inside.ts'
import { decodeText, MAX_BYTES } from '../yaml/text.ts'

/** Reads tables below the project folder. One that is missing, too large or outside is `null`. */
export async function loadTables(root: string, paths: Iterable<string>): Promise<Tables> {
  const tables = new Map<string, ReadTable | null>()
  for (const path of new Set(paths)) tables.set(path, await loadTable(root, path))
  return (path) => tables.get(path) ?? null
}

async function loadTable(root: string, path: string): Promise<ReadTable | null> {
  try {
    const file = await locateInside(root, path)
    if (!file.toLowerCase().endsWith('.csv')) return { wrong: 'A table is a .csv file.', line: 1 }
    const { size } = await stat(file)
    if (size > MAX_BYTES) return { wrong: 'The table is larger than 4 MiB.', line: 1 }
    const { text, troubles } = decodeText(await readFile(file))
    const trouble = troubles.find(({ severity }) => severity === undefined)
    return trouble === undefined ? readTable(path, text) : { wrong: trouble.message, line: 1 }
  } catch {
    return null
  }
}
