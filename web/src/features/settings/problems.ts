/** What the server says of single fields, taken out of its words. */

export interface Told {
  /** By the path of the field, as in `jobs.at_once`. */
  fields: ReadonlyMap<string, string>;
  /** What is about no field of these. */
  rest: string;
}

/**
 * The server lists fields one to a line, as in `  jobs.at_once: must be 1 or more`. Lines of fields
 * that are not among `known` stay in `rest`, so that nothing goes unsaid.
 */
export function toldOf(message: string, known: (path: string) => boolean): Told {
  const fields = new Map<string, string>();
  const rest: string[] = [];
  for (const line of message.split("\n")) {
    const [, path, what] = /^\s+([\w.-]+): (.+)$/.exec(line) ?? [];
    if (path !== undefined && what !== undefined && known(path)) {
      fields.set(path, fields.has(path) ? `${fields.get(path) ?? ""}; ${what}` : what);
    } else rest.push(line);
  }
  const text = rest.join("\n").trim();
  // "Nothing was changed:" alone says less than the fields do.
  return { fields, rest: fields.size && text.endsWith(":") && !text.includes("\n") ? "" : text };
}
