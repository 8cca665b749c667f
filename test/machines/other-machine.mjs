/** Loaded before the program under test: it believes to run on a machine of another name. See shifted-clock.mjs for its clock. */
import os from 'node:os'

const { MACHINE = 'nowhere' } = process.env
os.hostname = () => MACHINE
