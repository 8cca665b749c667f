/** The sink kind `sops` as data. */
import type { KindRow, SourceConfig } from './sink-kinds.ts'
import { FIELD_PATTERN, PATH_PATTERN, RECIPIENT_PATTERN } from './sink-patterns.ts'

export interface SopsConfig {
  readonly kind: 'sops'
  readonly allow?: readonly string[]
  readonly root?: string
  readonly recipients: readonly string[]
  readonly identity?: SourceConfig
}

/** Where a sink that says nothing finds its identity, as sops itself does. */
export const SOPS_IDENTITY = 'SOPS_AGE_KEY'

export const SOPS: KindRow = {
  doc: 'One value in a SOPS file for age recipients, YAML or JSON. Everything else in the file stays as it is. May be committed.',
  members: [
    {
      member: 'path',
      required: true,
      pattern: `^(?=.*\\.(?:ya?ml|json)$)${PATH_PATTERN.slice(1)}`,
      doc: 'File below the folder of keywright.yaml (and below `root`), with the ending .yaml, .yml or .json. It is created if it is not there.',
      example: 'secrets/ci.sops.yaml',
    },
    {
      member: 'field',
      required: true,
      pattern: FIELD_PATTERN,
      doc: 'The value; dots lead into nested mappings.',
      example: 'openrouter.apiKey',
    },
  ],
  options: [
    {
      option: 'root',
      type: 'text',
      required: false,
      pattern: PATH_PATTERN,
      doc: 'Folder below the folder of keywright.yaml that paths start at.',
    },
    {
      option: 'recipients',
      type: 'texts',
      required: true,
      pattern: RECIPIENT_PATTERN,
      doc: 'Public keys (age1...) that can decrypt a file that is created. Who can read a file that is there is changed with `sops updatekeys`.',
    },
    {
      option: 'identity',
      type: 'source',
      required: false,
      doc: `Where the AGE-SECRET-KEY-1... of keywright is found. Without it the variable ${SOPS_IDENTITY}. No value of a file can be changed without it, as one seal covers them all.`,
    },
  ],
}
