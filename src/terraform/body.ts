/** All of the provider that its handshake line does not need. In the bundle a script of its own, with a code cache. */
import { type Serve, serve } from './plugin/serve.ts'
import { provider } from './provider.ts'
import type { Surroundings } from './world.ts'

export function servedIn(around: Pick<Surroundings, 'env' | 'cwd'>): Serve {
  const offered = provider(around)
  return (serving) => serve(offered, serving)
}
