import type { ConfigOf, SinkConfig, SinkKind } from '../core/places.ts'
import type { SecretSink } from '../ports/secret-sink.ts'
import type { SinkContext } from './context.ts'

export type { SinkContext } from './context.ts'

type Openers = { readonly [K in SinkKind]: (config: ConfigOf<K>, context: SinkContext) => Promise<SecretSink> }

/** Every kind of sink, loaded when it is first opened. */
export const SINKS: Openers = {
  dotenv: async (config, context) => (await import('./dotenv.ts')).openDotenv(config, context),
  file: async (config, context) => (await import('./file.ts')).openFile(config, context),
  sops: async (config, context) => (await import('./sops.ts')).openSops(config, context),
  age: async (config, context) => (await import('./age.ts')).openAge(config, context),
  exec: async (config, context) => (await import('./exec.ts')).openExec(config, context),
  vault: async (config, context) => (await import('./vault.ts')).openVault(config, context),
  'github-actions': async (config, context) => (await import('./github.ts')).openGithub(config, context),
  'gitlab-variables': async (config, context) => (await import('./gitlab.ts')).openGitlab(config, context),
  http: async (config, context) => (await import('./http.ts')).openHttp(config, context),
  'azure-key-vault': async (config, context) => (await import('./azure.ts')).openAzure(config, context),
  'gcp-secret-manager': async (config, context) => (await import('./gcp.ts')).openGcp(config, context),
  'aws-secrets-manager': async (config, context) => (await import('./aws-secrets.ts')).openAwsSecrets(config, context),
  'aws-ssm': async (config, context) => (await import('./aws-ssm.ts')).openSsm(config, context),
  kubernetes: async (config, context) => (await import('./kubernetes.ts')).openKubernetes(config, context),
  memory: async (_config, context) => (await import('./memory.ts')).memorySink(context.world),
}

/** Opens one configured sink. Throws what its kind documents, at least `SINK_DENIED` and `SINK_UNREACHABLE`. */
export function openSink(config: SinkConfig, context: SinkContext): Promise<SecretSink> {
  return openAs(config.kind, config, context)
}

function openAs<K extends SinkKind>(kind: K, config: SinkConfig, context: SinkContext): Promise<SecretSink> {
  return SINKS[kind](config as ConfigOf<K>, context)
}
