/** Starts a timer when it is imported, for the check of imports to find. */
setInterval(() => {}, 1_000);
