/** Parts of an API path, which is sent percent-encoded: no empty part, `.`, `..`, backslash, `#`, white space or control character. */
export const API_PATH_PATTERN =
  '^(?!\\.{1,2}(?:/|$))(?!.*/(?:\\.{1,2}(?:/|$)|/|$))(?!/)[^\\\\#\\s\\u0000-\\u001f\\u007f]+$'

/** A path below a folder: no absolute path, drive, `..`, `.`, empty segment, backslash, `#`, control character or `.git`. */
export const PATH_PATTERN =
  '^(?![A-Za-z]:)(?!\\.{1,2}(?:/|$))(?!.*/(?:\\.{1,2}(?:/|$)|/|$))(?!/)(?!(?:.*/)?\\.[gG][iI][tT](?:/|$))(?!\\.keywright(?:/|$))[^\\\\#\\u0000-\\u001f\\u007f]+$'
export const FIELD_PATTERN = '^[A-Za-z0-9_-]+(?:\\.[A-Za-z0-9_-]+)*$'
export const RECIPIENT_PATTERN = '^age1[a-z0-9]+$'
