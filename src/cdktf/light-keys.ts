/**
 * The generated classes without what makes a thousand of them slow: `npm run bench synth` has the figures.
 *
 * They hand over every attribute they know, most of them `undefined`, and the library walks through all of them five times. And each list
 * and nested block of theirs notes the whole call stack, in case it cannot be resolved some day; making that text takes longer than the
 * rest of the synthesis.
 */
import { OpenrouterKey } from './bindings/openrouter-key.generated.ts'
import { StraitKey } from './bindings/strait-key.generated.ts'

type Attributes = Readonly<Record<string, unknown>>

export class LightOpenrouterKey extends OpenrouterKey {
  override get terraformMetaArguments(): Attributes {
    return written(super.terraformMetaArguments)
  }

  protected override synthesizeAttributes(): Attributes {
    return written(super.synthesizeAttributes())
  }
}

export class LightStraitKey extends StraitKey {
  override get terraformMetaArguments(): Attributes {
    return written(super.terraformMetaArguments)
  }

  protected override synthesizeAttributes(): Attributes {
    return written(super.synthesizeAttributes())
  }
}

/** Without what is `undefined`, in blocks and lists of blocks too. Tokens stay what they are. */
function written(attributes: Attributes): Attributes {
  const members: Record<string, unknown> = {}
  for (const name in attributes) if (attributes[name] !== undefined) members[name] = writtenValue(attributes[name])
  return members
}

function writtenValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(writtenValue)
  return isBlock(value) ? written(value) : value
}

function isBlock(value: unknown): value is Attributes {
  return typeof value === 'object' && value !== null && value.constructor === Object
}

/** What `make` constructs has no creation stack. Tokens that were made before keep theirs, and so do errors. */
export function untraced<T>(make: () => T): T {
  const { captureStackTrace } = Error
  Error.captureStackTrace = () => undefined
  try {
    return make()
  } finally {
    Error.captureStackTrace = captureStackTrace
  }
}
