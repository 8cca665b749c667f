declare module 'tweetnacl-sealedbox-js' {
  const box: {
    seal(message: Uint8Array, publicKey: Uint8Array): Uint8Array
    /** `null` when the keys are not those it was closed for. */
    open(box: Uint8Array, publicKey: Uint8Array, secretKey: Uint8Array): Uint8Array | null
  }
  export default box
}
