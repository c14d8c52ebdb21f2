/** What the form of an endpoint holds, and what of it is sent. Pure. */
import type { Schemas } from "@/api/client";

import type { Endpoint } from "./model";
import type { EndpointChange } from "./queries";

export interface Values {
  name: string;
  url: string;
  /** Empty: as the URL tells. */
  kind: string;
  model: string;
  api_key: string;
  forget: boolean;
  learn: boolean;
  slots: number | "";
  weight: number | "";
  use: Schemas["Turn"];
  role: Schemas["Role"];
  /** Empty: as the address tells. */
  reach: Schemas["Reach"] | "";
  price_in: number | "";
  price_out: number | "";
  timeout_s: number | "";
  longest_side: number | "";
  jpeg_quality: number | "";
  jpeg_max_bytes: number | "";
  keep_alive: string;
  context: number | "";
  trusted: boolean;
}

export const BLANK: Values = {
  name: "",
  url: "",
  kind: "",
  model: "",
  api_key: "",
  forget: false,
  learn: false,
  slots: 4,
  weight: 1,
  use: "always",
  role: "both",
  reach: "",
  price_in: 0,
  price_out: 0,
  timeout_s: 120,
  longest_side: "",
  jpeg_quality: 85,
  jpeg_max_bytes: "",
  keep_alive: "",
  context: "",
  trusted: false,
};

/** As an endpoint has it. `reach` as it is configured, which its view does not tell. */
export function valuesOf(endpoint: Endpoint, reach: Schemas["Reach"] | null): Values {
  return {
    name: endpoint.name,
    url: endpoint.url ?? "",
    kind: endpoint.kind,
    model: endpoint.configured_model ?? "",
    api_key: "",
    forget: false,
    learn: endpoint.slots === "learn",
    slots: typeof endpoint.slots === "number" ? endpoint.slots : BLANK.slots,
    weight: endpoint.weight,
    use: endpoint.use,
    role: endpoint.role,
    reach: reach ?? "",
    price_in: endpoint.price_in,
    price_out: endpoint.price_out,
    timeout_s: endpoint.timeout_s,
    longest_side: endpoint.longest_side ?? "",
    jpeg_quality: endpoint.jpeg_quality,
    jpeg_max_bytes: endpoint.jpeg_max_bytes ?? "",
    keep_alive: endpoint.keep_alive ?? "",
    context: endpoint.context ?? "",
    trusted: endpoint.trusted,
  };
}

const TEXTS = ["url", "kind", "model", "keep_alive", "reach"] as const;
const NUMBERS = [
  "weight",
  "price_in",
  "price_out",
  "timeout_s",
  "longest_side",
  "jpeg_quality",
  "jpeg_max_bytes",
  "context",
] as const;

/** What differs from `before`; what was emptied is set back to its default. */
export function changesOf(before: Values, now: Values): EndpointChange {
  const changes: Record<string, unknown> = {};
  for (const field of TEXTS) {
    const [was, is] = [before[field].trim(), now[field].trim()];
    if (was !== is) changes[field] = is || null;
  }
  for (const field of NUMBERS) {
    if (before[field] !== now[field]) changes[field] = now[field] === "" ? null : now[field];
  }
  for (const field of ["use", "role", "trusted"] as const) {
    if (before[field] !== now[field]) changes[field] = now[field];
  }
  const slots = (of: Values) => (of.learn ? "learn" : of.slots === "" ? null : of.slots);
  if (slots(before) !== slots(now)) changes.slots = slots(now);
  if (now.api_key) changes.api_key = now.api_key;
  else if (now.forget) changes.api_key = null;
  return changes;
}

/** Which field of the form a path of the settings is about: `endpoints.desk.url` is `url`. */
export function fieldOf(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1);
}
