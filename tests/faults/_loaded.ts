/** The modules that the client loads when they are first used: fake time would not wait for the first time. */
import "../../src/client/account/login.ts";
import "../../src/client/fs/fs_failure.ts";
import "../../src/client/fs/fs_watch.ts";
import "../../src/client/output/output_turn.ts";
import "../../src/client/tools/tool_set.ts";
