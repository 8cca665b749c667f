/** Terraform's values: nothing is lost on the way in and out, and nothing that does not fit gets through. */
import { ExtensionCodec, decode as peerDecode, encode as peerEncode } from '@msgpack/msgpack'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseJson } from '../../src/terraform/values/json.ts'
import { packValue, unpackValue } from '../../src/terraform/values/msgpack.ts'
import { canonicalDecimal, decimalText, exactDouble, numeric } from '../../src/terraform/values/numeric.ts'
import { readState } from '../../src/terraform/values/state-json.ts'
import { type CtyType, typeFromJson, typeFromText, typeToJson } from '../../src/terraform/values/types.ts'
import { Decimal, Dynamic, isWhollyKnown, UNKNOWN, Unknown } from '../../src/terraform/values/value.ts'
import { ValueError } from '../../src/terraform/values/value-error.ts'
import { anyNumber, anyText, anyType, anyTypedValue, decimalTexts, runs } from './value-cases.ts'

const peerOptions = () => {
  const extensionCodec = new ExtensionCodec()
  for (const type of [0, 12]) extensionCodec.register({ type, encode: () => null, decode: () => 'unknown' })
  return { extensionCodec, useBigInt64: true, mapKeyConverter: (key: unknown) => String(key) }
}

describe('MessagePack', () => {
  test('gives back every value of every type', () => {
    fc.assert(
      fc.property(anyTypedValue, ([type, value]) => {
        expect(unpackValue(type, packValue(type, value))).toEqual(value)
      }),
      runs(500),
    )
  })

  test('is read by an independent codec to its last byte', () => {
    fc.assert(
      fc.property(anyTypedValue, ([type, value]) => {
        // The peer puts maps into plain objects and so refuses this one key.
        const text = packValue(type, value)
        fc.pre(!text.includes('__proto__'))
        peerDecode(text, peerOptions())
      }),
      runs(300),
    )
  })

  test('reads what an independent codec writes in its own choice of forms', () => {
    const type: CtyType = { object: { n: { list: 'number' }, t: { map: 'string' }, b: { set: 'bool' } } }
    const numbers = fc.oneof(
      fc.maxSafeInteger(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
    )
    fc.assert(
      fc.property(
        fc.array(numbers),
        fc.dictionary(
          anyText.filter((key) => key !== '__proto__'),
          anyText,
        ),
        fc.array(fc.boolean()),
        (n, t, b) => {
          const read = unpackValue(type, peerEncode({ n, t, b }, { useBigInt64: true })) as {
            n: unknown
            t: object
            b: unknown
          }
          expect(read.n).toEqual(n.map((one) => (typeof one === 'bigint' ? numeric(`${one}`) : exactDouble(one))))
          expect({ ...read.t }).toEqual({ ...t })
          expect(read.b).toEqual(b)
        },
      ),
      runs(200),
    )
  })

  test('keeps null, empty and absent apart', () => {
    const type: CtyType = { object: { a: { list: 'string' }, b: { list: 'string' }, c: 'string', d: 'string' } }
    const value = { a: null, b: [], c: null, d: '' }
    expect(unpackValue(type, packValue(type, value))).toEqual(value)
    expect(() => packValue(type, { a: null, b: [], c: null })).toThrow('.d: undefined does not fit "string"')
  })

  test('takes any extension for an unknown, and keeps the refinements it knows', () => {
    expect(unpackValue('string', Buffer.from([0xd4, 0x00, 0x00]))).toBe(UNKNOWN)
    expect(unpackValue('string', Buffer.from([0xd5, 0x55, 0x01, 0x02]))).toBe(UNKNOWN)
    // {1: false, 2: "kw-", 9: [1, {"x": [2]}]}
    const facts = Buffer.from([0x83, 1, 0xc2, 2, 0xa3, ...Buffer.from('kw-'), 9, 0x92, 1, 0x81, 0xa1, 0x78, 0x91, 2])
    const refined = Buffer.from([0xc7, facts.length, 12, ...facts])
    expect(unpackValue('string', refined)).toEqual(new Unknown({ notNull: true, prefix: 'kw-' }))
  })

  test('says where what does not fit is, and never what it is', () => {
    const type: CtyType = { object: { places: { list: { object: { name: 'string' } } } } }
    const wrong = { places: [{ name: 'a' }, { name: ['sk-or-v1-secret'] }] }
    expect(() => packValue(type, wrong)).toThrow('.places[1].name: a list does not fit "string"')
    expect(() => packValue(type, { places: [], extra: 'sk-or-v1-secret' })).toThrow(/^extra is no attribute/)
    expect(() => packValue('number', Number.NaN)).toThrow(RangeError)
  })

  test('refuses bytes that are no value of the type, and never anything but that', () => {
    fc.assert(
      fc.property(anyType, fc.uint8Array({ maxLength: 60 }), (type, bytes) => {
        try {
          unpackValue(type, bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(ValueError)
        }
      }),
      runs(2000),
    )
  })

  test('refuses or reads a value that was cut or changed anywhere', () => {
    fc.assert(
      fc.property(anyTypedValue, fc.nat(), fc.nat(255), ([type, value], at, byte) => {
        const bytes = packValue(type, value)
        const changed = Buffer.from(bytes)
        changed[at % changed.length] = byte
        expect(() => unpackValue(type, bytes.subarray(0, at % bytes.length))).toThrow(ValueError)
        try {
          unpackValue(type, changed)
        } catch (error) {
          expect(error).toBeInstanceOf(ValueError)
        }
      }),
      runs(500),
    )
  })

  test('reserves nothing for members that are only claimed', () => {
    for (const head of [
      [0xdd, 0xff, 0xff, 0xff, 0xff],
      [0xdf, 0xff, 0xff, 0xff, 0xff],
      [0xc6, 0xff, 0xff, 0xff, 0xff],
    ])
      expect(() => unpackValue({ list: { map: 'string' } }, Buffer.from(head))).toThrow(ValueError)
    const deep = `${'["list",'.repeat(100)}"string"${']'.repeat(100)}`
    expect(() => typeFromText(deep)).toThrow('nested too deeply')
  })
})

describe('numbers', () => {
  test('are one text however they are written', () => {
    expect(['1', '1.0', '+1', '01', '10e-1', '0.1e1', '1e0'].map(canonicalDecimal)).toEqual(Array(7).fill('1'))
    expect(['0', '-0', '0.000', '0e99'].map(canonicalDecimal)).toEqual(Array(4).fill('0'))
    expect(['0.5', '5e-1', '-123.4500', '1e-7', '1e21'].map(canonicalDecimal)).toEqual([
      '0.5',
      '0.5',
      '-123.45',
      '0.0000001',
      `1${'0'.repeat(21)}`,
    ])
    expect(['', '.', '1.', '.5', 'NaN', 'Infinity', '0x10', '1e', ' 1', '1_0'].map(canonicalDecimal)).toEqual(
      Array(10).fill(null),
    )
  })

  test('that are long stay short to write', () => {
    expect(canonicalDecimal('1e999999999')).toBe('1e999999999')
    expect(canonicalDecimal('12e-999999999')).toBe('12e-999999999')
  })

  test('become plain only where nothing is lost', () => {
    expect([numeric('0.1'), numeric('50'), numeric('1e21'), numeric('9007199254740993')]).toEqual([
      0.1,
      50,
      1e21,
      new Decimal('9007199254740993'),
    ])
    fc.assert(
      fc.property(decimalTexts, (text) => {
        const number = numeric(text)
        expect(number instanceof Decimal ? number.text : decimalText(number ?? Number.NaN)).toBe(canonicalDecimal(text))
      }),
      runs(500),
    )
  })

  test('come back as the same number, however they were sent', () => {
    fc.assert(
      fc.property(anyNumber, (number) => {
        expect(unpackValue('number', packValue('number', number))).toEqual(number)
      }),
      runs(500),
    )
  })

  test('that come as doubles keep their exact value', () => {
    expect([0.5, -2.25, 0, -0, 1e300].map(exactDouble)).toEqual([
      0.5,
      -2.25,
      0,
      0,
      new Decimal(BigInt(1e300).toString()),
    ])
    expect(exactDouble(0.1)).toEqual(new Decimal('0.1000000000000000055511151231257827021181583404541015625'))
    expect([Number.NaN, Number.POSITIVE_INFINITY].map(exactDouble)).toEqual([null, null])
  })
})

describe('types', () => {
  test('are the same after their JSON', () => {
    fc.assert(
      fc.property(anyType, (type) => {
        expect(typeFromJson(JSON.parse(JSON.stringify(typeToJson(type))))).toEqual(type)
      }),
      runs(300),
    )
  })

  test('refuse everything else', () => {
    for (const json of [
      null,
      'text',
      [],
      ['list'],
      ['list', 'int'],
      ['tuple', 'string'],
      ['object', []],
      { list: 'string' },
      5,
    ])
      expect(() => typeFromJson(json), JSON.stringify(json)).toThrow(ValueError)
  })
})

describe('the JSON of states', () => {
  test('is read as JavaScript reads it, but for numbers that would be rounded', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        fc.pre(!text.includes('__proto__'))
        const numbersAside = (value: unknown): unknown =>
          JSON.parse(JSON.stringify(value), (_, one) => (typeof one === 'number' ? 0 : one))
        const ours = JSON.stringify(parseJson(text), (_, one) => (one instanceof Decimal ? 0 : one))
        expect(numbersAside(JSON.parse(ours))).toEqual(numbersAside(JSON.parse(text)))
      }),
      runs(300),
    )
    expect(parseJson('[123456789012345680000000000001, 0.1, {"__proto__": 1}]')).toEqual([
      new Decimal('123456789012345680000000000001'),
      0.1,
      Object.fromEntries([['__proto__', 1]]),
    ])
  })

  test('refuses what JavaScript refuses', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json().chain((text) => fc.nat(text.length).map((n) => text.slice(0, n))),
        ),
        (text) => {
          let isJson = true
          try {
            JSON.parse(text)
          } catch {
            isJson = false
          }
          if (isJson) parseJson(text)
          else expect(() => parseJson(text)).toThrow(ValueError)
        },
      ),
      runs(500),
    )
  })

  test('fills what an older state lacks with null, and drops what the schema no longer has', () => {
    const type: CtyType = {
      object: { a: 'string', b: { object: { c: 'number' } }, d: 'dynamic', e: { map: 'number' } },
    }
    const json =
      '{"a":"x","gone":[1],"b":{"gone":1},"d":{"type":["list","number"],"value":[12345678901234567890]},"e":{"k":1}}'
    expect(readState(type, Buffer.from(json))).toEqual({
      a: 'x',
      b: { c: null },
      d: new Dynamic({ list: 'number' }, [new Decimal('12345678901234567890')]),
      e: { k: 1 },
    })
    expect(() => readState(type, Buffer.from('{"a":1}'))).toThrow('does not fit its schema')
  })
})

test('says whether anything is unknown, however deep', () => {
  expect([null, [], { a: [1, { b: 'x' }] }, new Dynamic('string', 'x')].map(isWhollyKnown)).toEqual(Array(4).fill(true))
  expect([UNKNOWN, [UNKNOWN], { a: [1, { b: UNKNOWN }] }, new Dynamic('string', UNKNOWN)].map(isWhollyKnown)).toEqual(
    Array(4).fill(false),
  )
})
