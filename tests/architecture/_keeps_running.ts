/** Starts a timer when it is imported: what the check of imports has to find. */
setInterval(() => {}, 1_000);
