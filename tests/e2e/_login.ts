/** A client on the real binary with a local login issuer: one dispose ends everything. */
import { Codex, type CodexOptions } from "../../mod.ts";
import type { AccountLoginCompletedNotification } from "../../protocol.ts";
import {
  LoginIssuer,
  type LoginIssuerOptions,
  type ModelServer,
  ScriptedModel,
} from "../../testing.ts";

/** A client whose binary logs in at the issuer. */
export class LoginCodex implements AsyncDisposable {
  readonly codex: Codex;
  readonly issuer: LoginIssuer;
  readonly #scripted: ScriptedModel;

  private constructor(codex: Codex, issuer: LoginIssuer, scripted: ScriptedModel) {
    this.codex = codex;
    this.issuer = issuer;
    this.#scripted = scripted;
  }

  static async start(
    issuerOptions: LoginIssuerOptions = {},
    options: CodexOptions = {},
  ): Promise<LoginCodex> {
    const issuer = await LoginIssuer.start(issuerOptions);
    const scripted = await ScriptedModel.start({
      requiresOpenaiAuth: true,
      rootToml: issuer.rootToml,
    });
    const env = { ...scripted.options.env, ...issuer.env, ...options.env };
    try {
      const codex = await Codex.start({ ...scripted.options, ...options, env });
      return new LoginCodex(codex, issuer, scripted);
    } catch (error) {
      await scripted.close();
      await issuer.close();
      throw error;
    }
  }

  get model(): ModelServer {
    return this.#scripted.model;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.codex.close();
    await this.#scripted.close();
    await this.issuer.close();
  }
}

/** The next completion that the server reports, with or without a login id. */
export function nextCompletion(codex: Codex): Promise<AccountLoginCompletedNotification> {
  return new Promise((resolve) => {
    const stop = codex.on("account/login/completed", (completion) => {
      stop();
      resolve(completion);
    });
  });
}

/** The bearer tokens of all model requests, or of those of one thread. */
export function bearers(model: ModelServer, threadId?: string): (string | undefined)[] {
  return model.requests
    .filter((request) => threadId === undefined || request.threadId === threadId)
    .map(({ headers }) => headers.authorization?.replace(/^Bearer /, ""));
}
