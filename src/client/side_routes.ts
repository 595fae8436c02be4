/** Leads what belongs to no thread to whoever waits for it: logins, commands, watches, searches. */
import type { TransportClosedError } from "../errors/transport_errors.ts";
import type { ServerNotification } from "../protocol/notification.ts";
import { LoginRouter } from "./account/login_router.ts";
import { ExecRouter } from "./exec/exec_router.ts";
import { WatchRouter } from "./fs/watch_router.ts";
import { SearchRouter } from "./threads/search_router.ts";

/** The routers of one connection that know no threads. */
export class SideRoutes {
  readonly logins: LoginRouter = new LoginRouter();
  readonly execs: ExecRouter = new ExecRouter();
  readonly watches: WatchRouter = new WatchRouter();
  readonly searches: SearchRouter = new SearchRouter();

  /** Takes a notification in; it sees every delta of every turn, and looks at the method alone. */
  route({ method, params }: ServerNotification): void {
    if (method === "account/login/completed") this.logins.route(params);
    else if (method === "command/exec/outputDelta") this.execs.route(params);
    else if (method === "fs/changed") this.watches.route(params);
    else if (method === "thread/search/partial") this.searches.route(params);
  }

  /** Ends what waits, as the connection is gone; commands are told so by their own requests. */
  close(error: TransportClosedError): void {
    this.logins.close(error);
    this.watches.close(error.close.local ? undefined : error);
  }
}
