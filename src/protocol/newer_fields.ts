// Measured by `deno task compat`. Do not edit.
/** The request fields that older runtimes ignore, by method, with the first version known to support each. */
export const NEWER_FIELDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "account/gatewayOAuth/login": {
    deviceAuth: "0.169.0",
    modelProvider: "0.169.0",
  },
  "account/gatewayOAuth/read": {
    modelProvider: "0.169.0",
  },
  "environment/add": {
    authBearerToken: "0.160.1",
    skills: "0.163.0",
    websocketRequestId: "0.163.0",
  },
  "hooks/list": {
    threadId: "0.168.0",
  },
  "mcpServer/oauth/login": {
    environmentId: "0.171.0",
  },
  "mcpServer/resource/read": {
    _meta: "0.168.0",
    environmentId: "0.171.0",
    target: "0.160.1",
  },
  "mcpServer/tool/call": {
    environmentId: "0.171.0",
  },
  "mcpServerStatus/list": {
    environmentId: "0.171.0",
    serverName: "0.160.1",
  },
  "model/list": {
    modelProvider: "0.169.0",
  },
  "thread/fork": {
    attachToSource: "0.165.0",
    experimentalDisablePredictionMcp: "0.165.0",
    experimentalPredictionMode: "0.163.0",
  },
  "thread/goal/clear": {
    origin: "0.163.0",
  },
  "thread/goal/set": {
    origin: "0.163.0",
  },
  "thread/items/list": {
    deferOutput: "0.168.0",
    "deferOutput.mcpToolCall": "0.169.0",
  },
  "thread/list": {
    attachedToThreadId: "0.165.0",
    currentAccountOnly: "0.168.0",
    excludedThreadIds: "0.163.0",
    includeAttachedThreads: "0.169.0",
    includedThreadIds: "0.171.0",
  },
  "thread/queue/add": {
    responsesapiClientMetadata: "0.169.0",
  },
  "thread/queue/update": {
    responsesapiClientMetadata: "0.169.0",
  },
  "thread/realtime/start": {
    backendReasoningStatus: "0.160.1",
    voiceSessionId: "0.165.0",
  },
  "thread/sample": {
    allowInProgressTurn: "0.169.0",
    interruptOnCancel: "0.168.0",
  },
  "thread/search": {
    currentAccountOnly: "0.168.0",
    includeAttachedThreads: "0.169.0",
  },
  "thread/settings/update": {
    disabledPluginIds: "0.160.1",
    environments: "0.169.0",
  },
  "thread/start": {
    daybreakEnabled: "0.160.1",
  },
  "turn/settings/update": {
    environments: "0.169.0",
  },
  "turn/start": {
    disabledPluginIds: "0.160.1",
    parentTurnId: "0.163.0",
    responsesapiClientMetadataPatch: "0.165.0",
    rootTurnId: "0.163.0",
    "toolOutput.retain": "0.163.0",
  },
  "turn/steer": {
    responsesapiClientMetadataPatch: "0.165.0",
  },
};
