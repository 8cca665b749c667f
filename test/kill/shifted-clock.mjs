/** Loaded before the program under test: its clock is ahead by KILL_CLOCK_AHEAD milliseconds. Timers run as ever. */
const ahead = Number(process.env.KILL_CLOCK_AHEAD)
const now = Date.now
Date.now = () => now() + ahead
