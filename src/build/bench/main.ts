/**
 * `npm run bench`: figures that do not depend on how fast the machine is. Each is a count, or a ratio to a floor measured beside it.
 * Words on the command line choose chapters; `--json` prints `{ "<name>": { "value": n, "limit": n } }`. Ends with 1 when a
 * limit is exceeded.
 */
import process from 'node:process'
import { tenThousand, thousand } from './large.ts'
import { isKept, jsonOf, type Row, tableOf } from './row.ts'
import { hostile, startup } from './small.ts'
import { synth } from './synth.ts'
import { terraform } from './terraform.ts'

const CHAPTERS = [startup, hostile, thousand, tenThousand, terraform, synth]

const words = process.argv.slice(2).filter((word) => word !== '--json')
const isJson = process.argv.includes('--json')
const unknown = words.find((word) => !CHAPTERS.some(({ name }) => name === word))
if (unknown !== undefined) {
  process.stderr.write(`There is no chapter "${unknown}": ${CHAPTERS.map(({ name }) => name).join(', ')}\n`)
  process.exit(1)
}
const rows: Row[] = []
for (const chapter of CHAPTERS) {
  if (words.length > 0 && !words.includes(chapter.name)) continue
  const more = await chapter.run()
  rows.push(...more)
  if (!isJson) process.stdout.write(tableOf(more))
}
if (isJson) process.stdout.write(jsonOf(rows))
process.exitCode = rows.every(isKept) ? 0 : 1
