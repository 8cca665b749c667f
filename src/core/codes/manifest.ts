export const MANIFEST_CODES = {} as const
