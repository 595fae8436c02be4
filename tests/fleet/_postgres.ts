/** The PostgreSQL of the tests is that of the example. */
export {
  ended,
  exitOf,
  type OwnPostgres as TestPostgres,
  startPostgres,
} from "../../examples/fleet/postgres.ts";
