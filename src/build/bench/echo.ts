/** A provider with our schema that answers at once with what it was given: what a plan costs before anybody thinks. */
import { type Serve, serve } from '../../terraform/plugin/serve.ts'
import { wholeSchema } from '../../terraform/schema/whole.ts'
import type { Provider } from '../../terraform/server/provider.ts'

const ECHO: Provider = {
  schema: wholeSchema(),
  methods: {
    ValidateProviderConfig: async () => ({}),
    ConfigureProvider: async () => ({}),
    ValidateResourceConfig: async () => ({}),
    ReadResource: async ({ currentState, private: bytes }) => ({ newState: currentState, private: bytes }),
    PlanResourceChange: async ({ priorState, priorPrivate }) => ({
      plannedState: priorState,
      plannedPrivate: priorPrivate,
    }),
  },
}

export function servedIn(): Serve {
  return (serving) => serve(ECHO, serving)
}
