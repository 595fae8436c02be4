// deno-lint-ignore-file explicit-function-return-type -- plain JavaScript
/** Part of `deno task api`: shows the error of a `@throws {Error}`, and a `@default {1}` without its braces. */
import { Converter, ReflectionKind } from "typedoc";

/** Adapts the tags of every comment; called by TypeDoc. */
export function load(application) {
  application.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    for (const { comment } of project.getReflectionsByKind(ReflectionKind.All)) {
      for (const tag of comment?.blockTags ?? []) {
        const type = tag.typeAnnotation?.replace(/^\{|\}$/g, "");
        if (type === undefined) continue;
        const rest = tag.tag === "@throws" ? tag.content : [];
        tag.content = [{ kind: "code", text: `\`${type}\` ` }, ...rest];
      }
    }
  });
}
