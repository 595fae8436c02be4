/** Finds where the sources of the SDK name a method, or import a type of the protocol. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { filesUnder, projectRoot } from "../_lib/project.ts";

/** Returns a function that lists the places, as `src/file.ts:12`, where a method or type is named. */
export function findUses(root: string = projectRoot): (name: string) => readonly string[] {
  const places = new Map<string, string[]>();
  const add = (name: string, place: string): void => {
    places.set(name, [...new Set([...places.get(name) ?? [], place])]);
  };
  for (const file of filesUnder("src", ".ts", root)) {
    if (file.startsWith("src/generated/")) continue;
    const text = readFileSync(join(root, file), "utf8");
    for (const [index, line] of text.split("\n").entries()) {
      for (const [, name = ""] of line.matchAll(/"([\w/]+)"/g)) add(name, `${file}:${index + 1}`);
    }
    for (
      const [, names = ""] of text.matchAll(/\{([^{}]*)\} from "[^"]*\/generated\/types\.ts"/g)
    ) {
      for (const name of names.match(/\w+/g) ?? []) add(name, file);
    }
  }
  return (name) => places.get(name) ?? [];
}
