/** Everything generated below src/cdktf and src/cdktn is what the generators make today. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bindings, classesOf } from '../../src/build/generate/bindings.ts'
import { PRODUCT } from '../terraform/plugin-build.ts'
import { terraformFolder } from '../terraform/terraform.ts'
import { LIBRARIES } from './example.ts'

test('the classes of both libraries are what its generator makes of the schema that terraform prints', async () => {
  const folder = await terraformFolder(PRODUCT, 'provider "keywright" {}\n')
  const { stdout: schema } = await folder.done(['providers', 'schema', '-json'])
  await folder.remove()
  for (const library of LIBRARIES) {
    const made = classesOf(library, schema)
    const names = readdirSync(`src/${library}/bindings`).filter((name) => name.endsWith('.ts'))
    expect(made.map(({ path }) => path).sort()).toEqual(
      names.map((name) => join(`src/${library}/bindings`, name)).sort(),
    )
    for (const { path, text } of made) expect(readFileSync(path, 'utf8'), path).toBe(text)
  }
})

test('the constructs of cdktn are those of cdktf, and the tables are ours', () => {
  const stale = bindings({ anew: false }).filter(({ path, text }) => readFileSync(path, 'utf8') !== text)
  expect(stale.map(({ path }) => path)).toEqual([])
})
