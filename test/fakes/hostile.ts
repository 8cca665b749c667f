import fc from 'fast-check'

/** Whatever a name can hold, and often what it should not. */
export const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc
    .array(
      fc.constantFrom(
        '\u001b[2J',
        '\u0007',
        '\n',
        '\r\n',
        '\t',
        '\u0085',
        '\u009b31m',
        '\u202e',
        '\u2066',
        '\u200b',
        '\ufeff',
        '\u2028',
        '::add-mask::',
        '::',
        '##[group]',
        '##vso[',
        '`',
        '|',
        '<script>',
        '</script>',
        '](http://x)',
        '@team',
        '#1',
        '**',
        '_',
        '\u0301',
        '\u{e0041}',
        '\ud800',
        'a',
        ' ',
        'é',
        '漢',
        '🙂',
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join('')),
)
