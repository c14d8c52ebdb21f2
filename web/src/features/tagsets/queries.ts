import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { words } from "@/strings";
import { done, failed } from "@/ui/toast";

import { documentOf, type FieldProblem, type SetDraft, type TagSet } from "./model";

const MOST = 500;

export function useTagSets() {
  return useQuery({
    queryKey: keys.tagSets,
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/tag-sets", { params: { query: { limit: MOST } }, signal })),
  });
}

/** A set that the server will not keep; says which fields are wrong. */
export class SetRefused extends Error {
  readonly problems: readonly FieldProblem[];

  constructor(message: string, problems: readonly FieldProblem[]) {
    super(message);
    this.name = "SetRefused";
    this.problems = problems;
  }
}

/** Keeps a set; under another name than before, it takes the old one's place. */
export function useSave() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ draft, before }: { draft: SetDraft; before: string | null }) => {
      const name = draft.name.trim();
      const body = documentOf(draft);
      const kept = await refusable((send) =>
        answer(
          api.PUT("/api/v1/tag-sets/{name}", { params: { path: { name } }, body, fetch: send }),
        ),
      );
      if (before !== null && before !== name) {
        // The set is kept; that the old one is still there too is told, and can be mended.
        await api
          .DELETE("/api/v1/tag-sets/{name}", { params: { path: { name: before } } })
          .catch(failed);
      }
      return kept;
    },
    onSuccess: () => client.invalidateQueries({ queryKey: keys.tagSets }),
  });
}

/** Has a call's refusal say its single fields, which the usual error leaves out. */
async function refusable<T>(call: (send: (request: Request) => Promise<Response>) => Promise<T>) {
  const told: { problems: readonly FieldProblem[] } = { problems: [] };
  try {
    return await call(async (request) => {
      const response = await fetch(request);
      if (response.status === 422) {
        const problem = (await response.clone().json()) as { errors?: FieldProblem[] | null };
        told.problems = problem.errors ?? [];
      }
      return response;
    });
  } catch (error) {
    if (told.problems.length && error instanceof Error) {
      throw new SetRefused(error.message, told.problems);
    }
    throw error;
  }
}

export function useDelete() {
  const client = useQueryClient();
  const stale = () => client.invalidateQueries({ queryKey: keys.tagSets });
  return useMutation({
    mutationFn: (set: TagSet) =>
      answer(api.DELETE("/api/v1/tag-sets/{name}", { params: { path: { name: set.name } } })),
    onSuccess: async (_, set) => {
      await stale();
      const back = async () => {
        const body = set.set as Parameters<typeof put>[1];
        await put(set.name, body).then(stale, failed);
      };
      done(words.tagsets.removeDialog.removed(set.name), {
        label: words.common.undo,
        run: () => void back(),
        undoes: `tag set ${set.name}`,
      });
    },
    onError: failed,
  });
}

function put(name: string, body: ReturnType<typeof documentOf>) {
  return answer(api.PUT("/api/v1/tag-sets/{name}", { params: { path: { name } }, body }));
}

export function useImport() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ name, file }: { name: string; file: File }) =>
      answer(
        api.PUT("/api/v1/tag-sets/{name}/file", {
          params: { path: { name } },
          body: { file_name: file.name, text: await file.text() },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.tagSets }),
  });
}
