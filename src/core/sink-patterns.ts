/** Parts of an API path, which is sent percent-encoded: no empty part, `.`, `..`, backslash, `#`, white space or control character. */
export const API_PATH_PATTERN =
  '^(?!\\.{1,2}(?:/|$))(?!.*/(?:\\.{1,2}(?:/|$)|/|$))(?!/)[^\\\\#\\s\\u0000-\\u001f\\u007f]+$'
