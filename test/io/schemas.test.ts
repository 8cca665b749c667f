import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ATTRIBUTES } from '../../src/core/attributes.ts'
import { SINK_KINDS } from '../../src/core/sink-kinds.ts'

const read = (name: string) => JSON.parse(readFileSync(`schemas/${name}.schema.json`, 'utf8'))

describe('generated files', () => {
  test('are fresh', () => {
    expect(execFileSync(process.execPath, ['src/build/generate.mjs', '--check'], { encoding: 'utf8' })).toBe('')
  })

  test('need nothing at run time', () => {
    expect(readFileSync('src/io/schemas.generated.js', 'utf8')).not.toMatch(
      /\brequire\(|\bimport\b|new Function|\beval\(/,
    )
  })

  test('describe every managed field', () => {
    const { key, layer } = read('keywright.manifest').definitions
    for (const { name, doc } of ATTRIBUTES) {
      expect(key.properties[name].description).toBe(doc)
      expect(layer.properties[name].description).toBe(doc)
    }
    expect(layer.properties).not.toHaveProperty('forEach')
  })

  test('describe every option of every kind of sink', () => {
    const branches: readonly { readonly then: { readonly properties: Record<string, unknown> } }[] =
      read('keywright.config').properties.sinks.additionalProperties.allOf
    const options = Object.values(SINK_KINDS).map((kind) => ['kind', ...kind.options.map(({ option }) => option)])
    expect(branches.map(({ then }) => Object.keys(then.properties))).toEqual(options)
  })

  test('hold no words that editors do not know', () => {
    for (const name of ['keywright.config', 'keywright.manifest'])
      expect(JSON.stringify(read(name))).not.toContain('"x-')
  })
})
