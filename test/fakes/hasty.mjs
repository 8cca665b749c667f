/** Loaded before the program under test: whatever it draws is nothing, so that it tries again without a pause. */
Math.random = () => 0
