/** The protocol over the real spawn path: what terraform writes, reads and shows of a provider that is not about keys. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BuiltPlugin, pluginAround } from './plugin-build.ts'
import { terraformFolder } from './terraform.ts'

let plugin: BuiltPlugin
beforeAll(async () => {
  plugin = await pluginAround('test/terraform/thing-provider.ts')
})
afterAll(() => plugin.remove())

const EVERYTHING = `
resource "keywright_thing" "first" {
  name     = "first"
  size     = 0.1
  flag     = false
  tags     = { a = "1", __proto__ = "2", empty = "" }
  words    = ["b", "a"]
  grid     = [[1, 2.5], [123456789012345680000000000000, -7]]
  pair     = ["x", 1e-7]
  point    = { x = 9007199254740993, y = -0.5 }
  anything = { list = [1, "two", null], deep = { yes = true } }
  children = [{ name = "c0" }, { name = "c1" }]
  owner    = { name = "o" }
  places   = { here = { name = "h" } }
  hidden   = "hush"
  token    = "write-only-value"
}

resource "keywright_thing" "second" {
  name     = "after-\${keywright_thing.first.id}"
  words    = []
  tags     = {}
  anything = keywright_thing.first.id
  children = [for c in keywright_thing.first.children : { name = c.code }]
}

data "keywright_echo" "e" {
  said = keywright_thing.second.note
}

output "joined" {
  value = provider::keywright::join("-", "a", "b", "c")
}
output "heard" {
  value = data.keywright_echo.e.heard
}
`

test('applies every shape of value, plans nothing afterwards, and destroys', async () => {
  const folder = await terraformFolder(plugin, EVERYTHING)
  try {
    await folder.done(['apply', '-auto-approve'])
    await folder.done(['plan', '-detailed-exitcode'])
    const { values } = JSON.parse((await folder.done(['show', '-json'])).stdout)
    const [first, second] = values.root_module.resources
      .filter((one: { mode: string }) => one.mode === 'managed')
      .map((one: { values: object }) => one.values)
    expect(first).toMatchObject({
      id: 'the id',
      note: 'the note',
      words: ['a', 'b'],
      children: [
        { name: 'c0', code: 'the code of c0' },
        { name: 'c1', code: 'the code of c1' },
      ],
      token: null,
    })
    expect(second).toMatchObject({ name: 'after-the id', words: [], tags: {}, anything: 'the id', size: null })
    expect(values.outputs).toMatchObject({ joined: { value: 'a-b-c' }, heard: { value: 'the note' } })
    const state = await folder.read('terraform.tfstate')
    expect(state).toContain('123456789012345680000000000000')
    expect(state).toContain('9007199254740993')
    expect(state).not.toContain('write-only-value')
    await folder.done(['destroy', '-auto-approve'])
  } finally {
    await folder.remove()
  }
})
