/** How long short commands take, as multiples of `node -e 0`; pairs of runs, so that a busy moment hits both. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ended, keywright, node, type Run } from './child.ts'
import { HOSTILE } from './hostile.ts'
import { configText, emptyFolder, makeProject } from './project.ts'
import { type Chapter, median } from './row.ts'

const NOWHERE = { baseUrl: 'http://127.0.0.1:9/api/v1', managementKey: 'unused' }

/** Median of `pairs` ratios. Throws when the command does not end with `code`. */
async function ratio(
  run: Run,
  { pairs, code = 0 }: { readonly pairs: number; readonly code?: number },
): Promise<number> {
  const ratios: number[] = []
  for (let pair = 0; pair < pairs; pair++) {
    const floor = ended(await node({ args: ['-e', '0'] })).millis
    ratios.push(ended(await keywright(run), code).millis / floor)
  }
  return median(ratios)
}

export const startup: Chapter = {
  name: 'startup',
  async run() {
    const { cwd, remove } = await makeProject(NOWHERE, { keys: 20, files: 1 })
    try {
      const version = await ratio({ args: ['--version'], cwd }, { pairs: 15 })
      const validate = await ratio({ args: ['validate'], cwd }, { pairs: 15 })
      return [
        { name: 'version-time', what: '--version / node -e 0', value: version, limit: 1.6 },
        { name: 'validate-time', what: 'validate of one file / node -e 0', value: validate, limit: 3 },
      ]
    } finally {
      await remove()
    }
  },
}

export const hostile: Chapter = {
  name: 'hostile',
  async run() {
    const rows = []
    for (const [name, content] of Object.entries(HOSTILE)) {
      const { cwd, remove } = await emptyFolder()
      try {
        await writeFile(join(cwd, 'keywright.yaml'), `${configText(NOWHERE.baseUrl)}manifests: ["*.keys.yaml"]\n`)
        await writeFile(join(cwd, 'a.keys.yaml'), content())
        const value = await ratio({ args: ['validate'], cwd }, { pairs: 3, code: 1 })
        rows.push({ name: `hostile-${name}`, what: 'validate of such a file / node -e 0', value, limit: 20 })
      } finally {
        await remove()
      }
    }
    return rows
  },
}
