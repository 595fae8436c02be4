// deno-lint-ignore-file explicit-function-return-type -- plain JavaScript
/**
 * Part of `deno task api`: shows the error of a `@throws {Error}`, and a `@default {1}` without its braces; lists of
 * `protocol.ts` its maps and tables, and what another entry point exports too; names its other types without a link.
 */
import { Converter, ReflectionKind, ReflectionSymbolId } from "typedoc";

/** A priority at which TypeDoc has resolved the links. */
const AFTER_LINKS = -1_000;

/** The maps, look-ups and tables of `protocol.ts`; the hundreds of types that messages consist of have no pages. */
const isListed = (name) =>
  /^(Client|Server|KnownServer|ServerRequest|ClientNotification|Notification)(Requests?|Notifications?|Method|Params|Result)$/
    .test(name) || /^[A-Z_]+$/.test(name);

/** Adapts the reflections and the tags of every comment; called by TypeDoc. */
export function load(application) {
  application.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    const protocol = project.children?.find(({ name }) => name === "protocol");
    const others = project.getReflectionsByKind(ReflectionKind.Reference)
      .map((reference) => reference.tryGetTargetReflection());
    for (const child of [...(protocol?.children ?? [])]) {
      if (!isListed(child.name) && !others.includes(child)) project.removeReflection(child);
    }
  });
  application.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    for (const { comment } of project.getReflectionsByKind(ReflectionKind.All)) {
      for (const part of comment?.summary ?? []) {
        if (!(part.target instanceof ReflectionSymbolId)) continue;
        if (!part.target.fileName.includes("/src/generated/")) continue;
        Object.assign(part, { kind: "code", text: `\`${part.text}\``, target: undefined });
      }
      for (const tag of comment?.blockTags ?? []) {
        const type = tag.typeAnnotation?.replace(/^\{|\}$/g, "");
        if (type === undefined) continue;
        const rest = tag.tag === "@throws" ? tag.content : [];
        tag.content = [{ kind: "code", text: `\`${type}\` ` }, ...rest];
      }
    }
  }, AFTER_LINKS);
}
