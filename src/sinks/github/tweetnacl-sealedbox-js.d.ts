declare module 'tweetnacl-sealedbox-js' {
  type Seal = (message: Uint8Array, publicKey: Uint8Array) => Uint8Array
  /** Absent where Node loads the package: it finds no names in it. */
  export const seal: Seal | undefined
  const whole: { readonly seal: Seal }
  export default whole
}
