/** What people see, kept as files. `UPDATE_GOLDEN=1 npx vitest run test/cli/render-golden.test.ts` writes them anew; look at the diff. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Look } from '../../src/cli/shell/command.ts'
import { columns } from '../../src/core/display.ts'
import { CASES } from './render-cases.ts'

const FOLDER = join(import.meta.dirname, 'golden')
const UPDATE = process.env.UPDATE_GOLDEN === '1'

const LOOKS: Readonly<Record<string, Look>> = {
  '80': { format: 'human', color: false, columns: 80 },
  '120': { format: 'human', color: false, columns: 120 },
  '80-color': { format: 'human', color: true, columns: 80 },
  '120-color': { format: 'human', color: true, columns: 120 },
}
const ALSO: Readonly<Record<string, Look>> = {
  json: { format: 'json', color: false, columns: 80 },
  markdown: { format: 'markdown', color: false, columns: 80 },
}
const FORMATS: Readonly<Record<string, readonly string[]>> = {
  markdown: ['plan', 'plan-empty', 'plan-day2', 'diagnostics'],
  json: ['plan', 'plan-day2', 'diagnostics', 'status', 'show', 'census', 'rebuild', 'history', 'schedule', 'fleet'],
}

const files: (readonly [file: string, text: () => string])[] = []
for (const [name, render] of Object.entries(CASES)) {
  for (const [look, how] of Object.entries(LOOKS)) files.push([`${name}.${look}.txt`, () => render(how)])
  for (const [look, how] of Object.entries(ALSO))
    if (FORMATS[look]?.includes(name)) files.push([`${name}.${look}.txt`, () => render(how)])
}

test.each(files)('%s is as it was approved', (file, text) => {
  const path = join(FOLDER, file)
  if (UPDATE) writeFileSync(path, text())
  expect(text()).toBe(existsSync(path) ? readFileSync(path, 'utf8') : 'no golden file')
})

test('every golden file belongs to a case', () => {
  expect(readdirSync(FOLDER).sort()).toEqual(files.map(([file]) => file).sort())
})

const ESCAPES = /\u001b\[\d+m/g

test.each(Object.entries(CASES))('%s with colour says the same as without', (_, render) => {
  for (const width of [60, 80, 120]) {
    const plain = render({ format: 'human', color: false, columns: width })
    expect(plain).not.toContain('\u001b')
    expect(render({ format: 'human', color: true, columns: width }).replace(ESCAPES, '')).toBe(plain)
  }
})

test.each(Object.entries(CASES))(
  '%s keeps sentences within 80 columns; only what is to be typed or copied may be longer',
  (_, render) => {
    const lines = render({ format: 'human', color: false, columns: 80 }).split('\n')
    const long = lines.filter((line) => columns(line) > 80 && !/Next:|keywright |sha256:|^\s+\S+$/.test(line))
    expect(long).toEqual([])
  },
)
