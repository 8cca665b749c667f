/**
 * The services behind `examples/sinks`, one line per folder: a fake on a real socket that grants what the page of the example says is
 * enough, and nothing else.
 */

import { awsSecretsExample, ssmExample } from './aws/example.ts'
import { azureExample } from './azure-key-vault/example.ts'
import { gcpExample } from './gcp-secret-manager/example.ts'
import { githubExample } from './github/example.ts'
import { gitlabExample } from './gitlab/example.ts'
import { kubernetesExample } from './kubernetes/example.ts'
import { httpExample } from './receiver/example.ts'
import { sopsExample } from './sops/example.ts'
import { vaultExample } from './vault/example.ts'

export interface ExampleService {
  /** Variables the page tells to set. */
  readonly env: Readonly<Record<string, string>>
  /** Texts in keywright.yaml and what stands for them, such as the address of the fake. Each must be there. */
  readonly replace: Readonly<Record<string, string>>
  /** Every secret that stands in the places of the example now, as its consumer finds it; `null` where nobody can look. */
  delivered(): readonly string[] | null | Promise<readonly string[] | null>
  close(): unknown
}

/** By folder below `examples/sinks`. `root` is a copy of the example, for the policy it shows. */
export const EXAMPLE_SERVICES: Readonly<Record<string, (root: string) => Promise<ExampleService>>> = {
  'aws-secrets-manager': awsSecretsExample,
  'aws-ssm': ssmExample,
  kubernetes: kubernetesExample,
  vault: vaultExample,
  'github-actions': githubExample,
  'gitlab-variables': gitlabExample,
  http: httpExample,
  sops: sopsExample,
  'gcp-secret-manager': gcpExample,
  'azure-key-vault': azureExample,
}
