/** Answers in the form of JSON 1.1. */

export interface Reply {
  readonly status: number
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

export const done = (value: object): Reply => ({ status: 200, body: JSON.stringify(value) })
export const failed = (__type: string, status = 400, message = `${__type} of the fake`): Reply => ({
  status,
  body: JSON.stringify({ __type, message }),
})
