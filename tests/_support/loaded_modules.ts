/**
 * Loads what the client loads on first use: the first `import()` of a module waits for something real, and a fake clock
 * runs ahead meanwhile. Later ones do so only on Node, for which `fakeClock()` has an option.
 */
import "../../src/client/fs/fs_failure.ts";
import "../../src/client/fs/fs_watch.ts";
import "../../src/client/goals/goal_start.ts";
import "../../src/client/output/output_turn.ts";
import "../../src/client/threads/thread_compact.ts";
import "../../src/client/tools/tool_set.ts";
import "../../src/client/turns/review.ts";
import "../../src/client/turns/turn_set.ts";
