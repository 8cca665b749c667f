/** Diagnostics about what is not there. */
import { basename } from 'node:path'
import type { Diagnostic } from '../../core/diagnostic.ts'
import type { InputDocument } from '../../core/manifest/sections.ts'
import { isMapping, mappingAt, type SourceDocument } from '../../core/manifest/source.ts'
import { CONFIG_FILE, type Found } from './find.ts'

export function missingConfig({ nearly }: Found): Diagnostic {
  const message = `There is no ${CONFIG_FILE} in this folder or any folder above it.`
  if (nearly === null) return { severity: 'error', code: 'CONFIG_MISSING', message, hint: 'keywright init' }
  const hint = `mv ${basename(nearly)} ${CONFIG_FILE}`
  return { severity: 'error', code: 'CONFIG_MISSING', message: `${message} ${basename(nearly)} is not read.`, hint }
}

export function nearlyDiagnostics(paths: readonly string[]): readonly Diagnostic[] {
  return paths.map((path) => {
    const better = path.replace(/\.keys?\.(?:yml|yaml)(?:\.txt)?$/, '.keys.yaml')
    return {
      severity: 'warning',
      code: 'MANIFEST_FILE_IGNORED',
      message: `${path} is not read; manifests end in .keys.yaml.`,
      hint: `mv ${path} ${better}`,
      at: { file: path, line: 1, column: 1, length: 1 },
    }
  })
}

/** No file at all is an error, files without a key a warning: whether that retires anything, only the state knows. */
export function emptiness(
  config: SourceDocument | null,
  files: readonly string[],
  documents: readonly InputDocument[],
): readonly Diagnostic[] {
  if (files.length > 0 && documents.some(({ document }) => Object.keys(mappingAt(document.data, 'keys')).length > 0))
    return []
  const root = isMapping(config?.data) ? config.data : {}
  const at = config?.range(root, 'manifests', 'key')
  const message =
    files.length === 0
      ? 'No manifest file was found.'
      : files.length === 1
        ? `The one manifest file (${files[0]}) declares no keys.`
        : `The ${files.length} manifest files declare no keys.`
  const hint =
    files.length === 0
      ? 'manifests: ["keys/**/*.keys.yaml"]'
      : 'keys: { platform/ci-bot: { ... } }   or run with --allow-empty'
  return [
    {
      severity: files.length === 0 ? 'error' : 'warning',
      code: 'MANIFEST_NONE',
      message,
      hint,
      ...(at === undefined ? {} : { at }),
    },
  ]
}
