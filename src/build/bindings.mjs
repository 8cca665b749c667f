/**
 * The generated classes of one library, as JSON `{ name: text }` on stdout: `node src/build/bindings.mjs cdktf|cdktn < schema.json`.
 * The two generators do not bear each other in one process.
 *
 * No provider version is in the schema: stacks then ask for any version that fits, instead of exactly the one at hand.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const [library] = process.argv.slice(2)
const require = createRequire(import.meta.url)
// What cdktf's index loads beside its generator is not among its dependencies.
const { TerraformProviderGenerator } =
  library === 'cdktf'
    ? require('@cdktf/provider-generator/lib/get/generator/provider-generator')
    : require('@cdktn/provider-generator')
const { ConstructsMakerProviderTarget, LANGUAGES, TerraformProviderConstraint } = require(`@${library}/commons`)
const { CodeMaker } = require('codemaker')

const schema = JSON.parse(readFileSync(0, 'utf8'))
const folder = mkdtempSync(join(tmpdir(), 'keywright-bindings-'))
try {
  const generator = new TerraformProviderGenerator(new CodeMaker(), schema)
  const constraint = new TerraformProviderConstraint({ name: 'keywright', source: 'keywright/keywright' })
  generator.generate(new ConstructsMakerProviderTarget(constraint, LANGUAGES[0]))
  await generator.save(folder)
  const names = readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.ts'))
    .sort()
  const files = names.map((name) => [name, readFileSync(join(folder, name), 'utf8')])
  process.stdout.write(JSON.stringify(Object.fromEntries(files)))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
