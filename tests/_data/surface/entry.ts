export { Closed, Leaky, make, Open } from "./parts.ts";
export type { Handle, Options } from "./parts.ts";
export type * from "./inside.ts";
