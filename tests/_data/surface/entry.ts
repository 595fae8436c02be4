export { Closed, Leaky, Open } from "./parts.ts";
export type { Options } from "./parts.ts";
export type * from "./inside.ts";
