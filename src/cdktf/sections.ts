/**
 * The sections of manifests beside `keys`, in Terraform's words. Without them a renamed key would be ended and issued anew, and one that was
 * handed over would be ended. `import` needs Terraform 1.5, `removed` 1.7; the libraries themselves ask for 1.5.
 */
import { TerraformElement } from 'cdktf'
import type { Construct } from 'constructs'
import type { Adoption, HandedOver, Moved } from '../core/manifest/sections.ts'
import { logicalId, type ManagedKey } from './managed-key.ts'

export interface Sections {
  readonly moved: readonly Moved[]
  readonly handedOver: readonly HandedOver[]
  readonly adopted: readonly Adoption[]
}

const TYPES = ['keywright_openrouter_key', 'keywright_strait_key'] as const

/** Blocks `moved` and `removed`, which belong to no resource. A key that is adopted says so itself. */
export class SectionBlocks extends TerraformElement {
  readonly #moved: readonly object[]
  readonly #removed: readonly object[]

  constructor(
    scope: Construct,
    id: string,
    { moved, handedOver, adopted }: Sections,
    keys: ReadonlyMap<string, ManagedKey>,
  ) {
    super(scope, id)
    this.#moved = moved.flatMap(({ from, to }) => {
      const type = keys.get(to)?.resource.terraformResourceType
      return type === undefined ? [] : [{ from: `${type}.${logicalId(from)}`, to: `${type}.${logicalId(to)}` }]
    })
    this.#removed = handedOver.flatMap((one) =>
      TYPES.map((type) => ({ from: `${type}.${logicalId(one.id)}`, lifecycle: { destroy: false } })),
    )
    for (const { key, as } of adopted) keys.get(as)?.resource.importFrom(key)
  }

  override toTerraform(): object {
    return {
      ...(this.#moved.length > 0 && { moved: this.#moved }),
      ...(this.#removed.length > 0 && { removed: this.#removed }),
    }
  }
}
