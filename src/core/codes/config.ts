export const CONFIG_CODES = {} as const
