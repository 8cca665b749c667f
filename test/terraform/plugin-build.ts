/** Builds the real `main.ts` around another provider, as the executable that terraform looks for. */
import { chmod, copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'

export interface BuiltPlugin {
  /** Holds `terraform-provider-keywright` and `provider.cjs`. */
  readonly folder: string
  remove(): Promise<void>
}

/** The product, as `npm run build` made it. */
export const PRODUCT: BuiltPlugin = { folder: resolve('dist'), remove: async () => {} }

/** `providerFile` exports `provider`, a function. */
export async function pluginAround(providerFile: string): Promise<BuiltPlugin> {
  const folder = await mkdtemp(join(tmpdir(), 'kw-plugin-'))
  await mkdir(folder, { recursive: true })
  await build({
    entryPoints: ['src/terraform/main.ts'],
    outfile: join(folder, 'provider.cjs'),
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    logLevel: 'warning',
    define: { KEYWRIGHT_VERSION: '"0.0.0-test"' },
    plugins: [
      {
        name: 'other-provider',
        setup({ onResolve }) {
          onResolve({ filter: /^\.\/provider\.ts$/ }, ({ importer }) =>
            importer.endsWith('/terraform/body.ts') ? { path: resolve(providerFile) } : null,
          )
        },
      },
    ],
  })
  const shim = join(folder, 'terraform-provider-keywright')
  await copyFile('src/terraform/shim.sh', shim)
  await chmod(shim, 0o755)
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}
