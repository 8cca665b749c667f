/**
 * Globs over slash-separated text: `*` and `?` stay inside one segment, `**` crosses segments, `a/**` also matches `a`.
 * Everything else is literal. The whole text must match; case counts.
 */
export function matchesGlob(glob: string, text: string): boolean {
  return new RegExp(`^${globSource(glob)}$`, 'su').test(text)
}

const STEP = /\/\*\*$|\*\*\/|\*\*|\*|\?|./gsu

function globSource(glob: string): string {
  return glob.replace(STEP, (step) => MEANING[step] ?? step.replace(/[\\^$.*+?()[\]{}|/]/u, '\\$&'))
}

const MEANING: Readonly<Record<string, string>> = {
  '/**': '(?:/.*)?',
  '**/': '(?:.*/)?',
  '**': '.*',
  '*': '[^/]*',
  '?': '[^/]',
}
