import { App, Aspects } from 'cdktn'
import { RequireRotation } from 'keywright/cdktn'
import { KeysStack } from './keys-stack.js'

const app = new App()
new KeysStack(app, 'keys')
Aspects.of(app).add(new RequireRotation({ atMost: '90d' }))
app.synth()
