/** The one way to the server: typed calls, and problems told as the server tells them. */
import { QueryClient } from "@tanstack/react-query";
import createClient, { type Middleware } from "openapi-fetch";

import { words } from "@/strings";

import { live } from "./live";
import { loginFrom } from "./login";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

/** The server, or the way to it, says no; `message` is for the person who asked. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = "ApiError";
    this.status = status;
  }
}

/** The server did not answer at all. */
export class Unreachable extends Error {
  constructor() {
    super(words.common.away);
    this.name = "Unreachable";
  }
}

const problems: Middleware = {
  async onResponse({ response }) {
    if (response.ok) return;
    if (response.status === 401) {
      // In place of this page, so that the way back does not lead through the log-in.
      location.replace(loginFrom(location));
    }
    let detail = words.common.answered(response.status);
    try {
      const problem = (await response.clone().json()) as { detail?: unknown };
      if (typeof problem.detail === "string") detail = problem.detail;
    } catch {
      // No problem document: the status has to do.
    }
    throw new ApiError(response.status, detail);
  },
  onError() {
    return new Unreachable();
  },
};

export const api = createClient<paths>({ baseUrl: "" });
api.use(problems);

/** What a call brought. A refusal was thrown before. */
export async function answer<T>(call: Promise<{ data?: T }>): Promise<T> {
  const { data } = await call;
  return data as T;
}

/** What is asked for once more: only what could not be reached, and what is busy. */
function again(failures: number, error: Error): boolean {
  if (error instanceof ApiError) return error.status === 503 && failures < 3;
  // All of it is asked for anew when the server is back.
  return live.connection !== "offline" && failures < 2;
}

const AWAY_MS = 15_000;

/** Milliseconds until something is looked at again: seldom while there is nobody to answer. */
export function every(milliseconds: number): number {
  return live.connection === "offline" ? Math.max(AWAY_MS, milliseconds) : milliseconds;
}

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      retry: again,
      staleTime: 5_000,
      // Live events say when something has changed (`LiveProvider`).
      refetchOnWindowFocus: false,
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});
