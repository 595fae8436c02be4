import { checkLayers, checkRuntimeFree } from "../../scripts/_lib/layers.ts";
import { type Edge, loadModuleGraph } from "../../scripts/_lib/module_graph.ts";
import { libraryFiles } from "../../scripts/_lib/package_files.ts";
import { assert, assertEquals, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

function edge(from: string, to: string, kind: Edge["kind"] = "static"): Edge {
  return { from, to, kind };
}

function problemOf(...edges: Edge[]): string {
  const problems = checkLayers(edges);
  assertEquals(problems.length, 1, problems.join("\n"));
  return problems[0] ?? "";
}

test("checkLayers finds an import that the table does not have", () => {
  const problem = problemOf(
    edge("src/rpc/connection.ts", "src/util/timer.ts"),
    edge("src/rpc/connection.ts", "src/process/host.ts"),
  );
  assertStringIncludes(problem, "src/rpc/connection.ts imports src/process/host.ts");
});

test("checkLayers lets types through where the table says types", () => {
  const [from, to] = ["src/rpc/connection.ts", "src/transport/transport.ts"];
  assertEquals(checkLayers([edge(from, to, "type")]), []);
  assertStringIncludes(problemOf(edge(from, to)), "type src/transport/transport.ts");
  problemOf(edge(from, "src/transport/tap.ts", "type"));
});

test("checkLayers keeps every layer but the transports off the runtime", () => {
  assertEquals(checkLayers([edge("transports/node.ts", "node:child_process")]), []);
  problemOf(edge("src/framing/line_splitter.ts", "node:buffer"));
  problemOf(edge("src/client/codex.ts", "npm:left-pad@1.0.0", "type"));
});

test("checkLayers wants the runtimes' transports reached by import() alone", () => {
  assertEquals(checkLayers([edge("transports/auto.ts", "transports/bun.ts", "dynamic")]), []);
  problemOf(edge("transports/auto.ts", "transports/bun.ts"));
  problemOf(edge("mod.ts", "transports/deno.ts"));
});

test("checkLayers knows no folder that is not in the table", () => {
  assertStringIncludes(problemOf(edge("src/misc/a.ts", "src/util/b.ts")), "no layer");
});

test("checkRuntimeFree finds the runtime behind static imports, and shows the way", () => {
  const graph = [
    edge("mod.ts", "src/codex.ts"),
    edge("src/codex.ts", "transports/auto.ts"),
    edge("transports/auto.ts", "transports/node.ts", "dynamic"),
    edge("transports/node.ts", "node:child_process"),
  ];
  assertEquals(checkRuntimeFree(graph, "mod.ts"), []);
  const [problem] = checkRuntimeFree([...graph, edge("src/codex.ts", "node:os")], "mod.ts");
  assertStringIncludes(problem ?? "", "mod.ts -> src/codex.ts -> node:os");
});

test("the library keeps to the table of layers", async () => {
  const edges = await loadModuleGraph(libraryFiles());
  assert(edges.length > 50, "the graph was not read");
  assertEquals(checkLayers(edges), []);
}, { timeoutMs: 60_000 });

test("mod.ts loads nothing of a runtime", async () => {
  assertEquals(checkRuntimeFree(await loadModuleGraph(["mod.ts"]), "mod.ts"), []);
}, { timeoutMs: 60_000 });
