/** The documentation is of the provider that terraform sees, and its examples are valid. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { schemaJson } from '../../src/build/generate/terraform-schema.ts'
import { wholeSchema } from '../../src/terraform/schema/whole.ts'
import { PRODUCT } from './plugin-build.ts'
import { terraformFolder } from './terraform.ts'

const EXAMPLES = 'examples/terraform/examples'

test('what docs and bindings are made from is what terraform says the schema is', async () => {
  const folder = await terraformFolder(PRODUCT, 'provider "keywright" {}\n')
  const { stdout } = await folder.done(['providers', 'schema', '-json'])
  expect(JSON.parse(JSON.stringify(schemaJson(wholeSchema())))).toEqual(JSON.parse(stdout))
  await folder.remove()
})

test('every example of the documentation is valid, and one exists for everything', async () => {
  const names = await readdir(EXAMPLES, { recursive: true })
  const files = names.filter((name) => name.endsWith('.tf') && !name.startsWith('provider/'))
  const { resources, dataSources } = wholeSchema()
  expect(files.map((name) => name.split('/')[1]).sort()).toEqual(
    [...Object.keys(resources), ...Object.keys(dataSources)].sort(),
  )
  const folder = await terraformFolder(PRODUCT, '')
  await folder.write('main.tf', await readFile(join(EXAMPLES, 'provider/provider.tf'), 'utf8'))
  for (const name of files) await folder.write(name.replaceAll('/', '-'), await readFile(join(EXAMPLES, name), 'utf8'))
  await folder.done(['validate'])
  await folder.remove()
})
