/** Which of an endpoint's answers are used: counted, and changed with a way back. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { answer, api, type Schemas } from "@/api/client";
import { keys } from "@/api/keys";
import { words } from "@/strings";
import { done, failed } from "@/ui/toast";

const said = words.endpoints.distrust;

type Changed = Schemas["TrustView"];

const distrust = (name: string, since: string, dry_run: boolean): Promise<Changed> =>
  answer(
    api.POST("/api/v1/endpoints/{name}/distrust", {
      params: { path: { name } },
      body: { since, dry_run },
    }),
  );

/** `at`: only what was distrusted at this moment. */
const trust = (name: string, since: string, dry_run: boolean, at: string | null) =>
  answer(
    api.POST("/api/v1/endpoints/{name}/trust", {
      params: { path: { name } },
      body: { since, dry_run, at },
    }),
  );

/** How many answers since then are in use, and how many are distrusted and could be used again. */
export function useTrusted(name: string, since: string | null) {
  return useQuery({
    queryKey: ["trusted", name, since],
    queryFn: async () => {
      const [used, unused] = await Promise.all([
        distrust(name, since ?? "", true),
        trust(name, since ?? "", true, null),
      ]);
      return { used: used.answers, distrusted: unused.answers };
    },
    enabled: since !== null,
    retry: false,
    staleTime: 0,
    gcTime: 0,
  });
}

type Act = { since: string } & ({ do: "distrust" } | { do: "trust"; at: string | null });

export function useTrust(name: string) {
  const client = useQueryClient();
  const act = useMutation({
    mutationFn: (what: Act) =>
      what.do === "distrust"
        ? distrust(name, what.since, false)
        : trust(name, what.since, false, what.at),
    onSuccess: async ({ answers, at }, what) => {
      if (what.do === "trust") done(said.trusted(name, answers));
      else {
        const undo = () => act.mutate({ do: "trust", since: what.since, at });
        const undoes = `distrust ${name} ${at ?? ""}`;
        done(said.done(name, answers), { label: words.common.undo, run: undo, undoes });
      }
      // The server tells of it, too; this page need not wait for that.
      await Promise.all(
        [["trusted", name], keys.timelines, keys.evidences].map((queryKey) =>
          client.invalidateQueries({ queryKey }),
        ),
      );
    },
    onError: failed,
  });
  return act;
}
