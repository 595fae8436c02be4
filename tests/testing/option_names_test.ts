import {
  deltas,
  failed,
  failure,
  FakeAppServer,
  functionCall,
  gate,
  LoginIssuer,
  message,
  ModelServer,
  recordTransport,
  replayTransport,
  ScriptedModel,
  shellCommand,
  TemporaryCodexHome,
  turnEvents,
  usage,
  viewRecording,
} from "../../testing.ts";
import { assertEquals, assertRejects } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

test("the test kit refuses unknown options, and names the right one [R-93]", async () => {
  await using server = new FakeAppServer();
  await using model = await ModelServer.start();
  await using issuer = await LoginIssuer.start();
  const waits = ["a wait of the test kit", 'did you mean "timeoutMs"?', { timeout: 5 }] as const;
  const calls: readonly (readonly [string, string, object, (given: never) => unknown])[] = [
    [...waits, (given) => server.nextRequest("a", given)],
    [...waits, (given) => server.nextNotification("a", given)],
    [...waits, (given) => server.defer("a").arrived(given)],
    [...waits, (given) => model.nextRequest(given)],
    [...waits, (given) => model.waitForRequests(1, given)],
    [...waits, (given) => issuer.nextRequest("/", given)],
    [...waits, (given) => gate().untilReached(given)],
    ["request()", "timeoutMs", { timeout: 5 }, (given) => server.request("a", {}, given)],
    ["FakeAppServer", "maxMessages", { maxMessage: 5 }, (given) => new FakeAppServer({}, given)],
    ["hang()", "writes", { write: true }, (given) => server.hang(given)],
    ["exit()", "stderrTail", { stderrTale: "" }, (given) => server.exit(given)],
    ["ModelServer.start()", "maxRequests", { maxRequest: 5 }, (given) => ModelServer.start(given)],
    [
      "ScriptedModel.start()",
      "sandboxMode",
      { sandboxmode: "" },
      (given) => ScriptedModel.start(given),
    ],
    [
      "ScriptedModel.start()",
      "respond, maxRequests",
      { modelUrl: "" },
      (given) => ScriptedModel.start(given),
    ],
    [
      "TemporaryCodexHome.create()",
      "features",
      { feature: {} },
      (given) => TemporaryCodexHome.create(given),
    ],
    ["LoginIssuer.start()", "planType", { plan_type: "" }, (given) => LoginIssuer.start(given)],
    ["ModelServer.record()", "upstream", { upstreem: "" }, (given) => {
      return ModelServer.record(given);
    }],
    ["ModelServer.replay()", "matchBy", { matchby: 0 }, (given) => ModelServer.replay("a", given)],
    ["recordTransport()", "redact", { redakt: 0 }, (given) => {
      return recordTransport(server.connect, "a", given);
    }],
    ["replayTransport()", "timeoutMs", { timeout: 5 }, (given) => replayTransport("a", given)],
    ["viewRecording()", "width", { with: 5 }, (given) => viewRecording("a", given).next()],
    ["message()", "phase, id", { itemId: "" }, (given) => message("a", given)],
    ["deltas()", "phase", { fase: "" }, (given) => deltas(["a"], given)],
    ["functionCall()", "callId", { callID: "" }, (given) => functionCall("a", {}, given)],
    ["shellCommand()", "yieldTimeMs", { yieldTime: 5 }, (given) => shellCommand("a", given)],
    ["usage()", "inputTokens", { inputToken: 5 }, (given) => usage(given)],
    ["failure()", "status", { statuss: 5 }, (given) => failure(given)],
    ["failed()", "message", { mesage: "" }, (given) => failed(given)],
    ["turnEvents()", "threadId", { threadID: "" }, (given) => turnEvents(given)],
  ];
  for (const [of, hint, given, call] of calls) {
    const [name] = Object.keys(given);
    const refused = async (): Promise<unknown> => await call(given as never);
    const { message } = await assertRejects(
      refused,
      TypeError,
      `Unknown option "${name}" of ${of}: `,
    );
    assertEquals(message.includes(hint), true, message);
  }
  assertEquals(server.received, []);
});
