import { App, Aspects } from 'cdktn'
import { RequireRotation } from 'keywright/cdktn'
import { KeysStack } from './keys-stack.js'

const app = new App()
const stack = new KeysStack(app, 'keys')
Aspects.of(stack).add(new RequireRotation({ atMost: '90d' }))
app.synth()
