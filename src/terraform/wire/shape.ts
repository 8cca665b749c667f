/** TypeScript's view of the table: what a message is after decoding, and what may be given for encoding. */
import type { ENUMS, EnumName, MESSAGES, MessageName } from './messages.ts'

interface Scalars {
  string: string
  bytes: Uint8Array
  bool: boolean
  /** Only numbers that a JavaScript number holds exactly; others are refused when read. */
  int64: number
}

/** What stands for a whole message instead of its fields, by the message's name; a stand-in has its own word for absent. */
export type Stand = Partial<Record<MessageName, unknown>>

type Kind<K, S extends Stand, Way extends 'in' | 'out'> = K extends keyof Scalars
  ? Scalars[K]
  : K extends EnumName
    ? (typeof ENUMS)[K][number]
    : K extends keyof S
      ? S[K]
      : K extends MessageName
        ? Way extends 'in'
          ? Received<K, S>
          : Sent<K, S>
        : never

type Field<Row, S extends Stand, Way extends 'in' | 'out'> = Row extends `${string} repeated ${infer K}`
  ? readonly Kind<K, S, Way>[]
  : Row extends `${string} map ${infer K}`
    ? Readonly<Record<string, Kind<K, S, Way>>>
    : Row extends `${string} optional ${infer K}`
      ? Kind<K, S, Way> | undefined
      : Row extends `${string} ${infer K}`
        ? K extends Exclude<MessageName, keyof S>
          ? Kind<K, S, Way> | undefined
          : Kind<K, S, Way>
        : never

/** A decoded message: every field is there. Absent messages and absent `optional` scalars are undefined, other scalars have proto3's zero. */
export type Received<M extends MessageName, S extends Stand = Record<never, never>> = {
  readonly [F in keyof (typeof MESSAGES)[M]]: Field<(typeof MESSAGES)[M][F], S, 'in'>
}

/** A message to encode: what is absent or undefined is left out. */
export type Sent<M extends MessageName, S extends Stand = Record<never, never>> = {
  readonly [F in keyof (typeof MESSAGES)[M]]?: Field<(typeof MESSAGES)[M][F], S, 'out'> | undefined
}
