export const CLI_CODES = {} as const
