/** Loaded before a provider: its clock is ahead by as many milliseconds as the file CLOCK_AHEAD says. Timers run as ever. */
const { readFileSync } = require('node:fs')

const now = Date.now
Date.now = () => now() + Number(readFileSync(process.env.CLOCK_AHEAD, 'utf8'))
