#!/usr/bin/env node
/**
 * What `bin` points at. It answers `--version` itself, and otherwise runs the program from one file with V8's code cache beside it.
 *
 * A short command spends most of its time finding, reading and compiling modules: as two dozen of them `validate` takes 3.5 times as
 * long as `node -e 0`, as one script with a cache 2.3 times. The build writes the cache with the Node it runs on; any other Node
 * refuses it and compiles the program as usual. The name of the program holds its hash, so a cache never belongs to another text.
 */
/* global KEYWRIGHT_VERSION, KEYWRIGHT_PROGRAM */
const builtin = process.getBuiltinModule
const fs = builtin('node:fs')

if (process.argv.length === 3 && ['--version', '-V', 'version'].includes(process.argv[2])) {
  process.stdout.write(`keywright ${KEYWRIGHT_VERSION}\n`)
} else {
  const filename = builtin('node:url').fileURLToPath(new URL(KEYWRIGHT_PROGRAM, import.meta.url))
  const source = fs.readFileSync(filename, 'latin1')
  const cachedData = cacheOf(filename)
  const script = new (builtin('node:vm').Script)(source, { filename, ...(cachedData ? { cachedData } : {}) })
  if (process.env.KEYWRIGHT_WRITE_CODE_CACHE === '1')
    process.on('exit', () => fs.writeFileSync(`${filename}.cache`, script.createCachedData()))
  const module = { exports: {}, filename }
  script.runInThisContext()(module.exports, builtin, module)
}

function cacheOf(filename) {
  try {
    return fs.readFileSync(`${filename}.cache`)
  } catch {
    return null
  }
}
