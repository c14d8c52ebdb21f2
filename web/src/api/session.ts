/** Who the reader is to the server. */
import { useQuery } from "@tanstack/react-query";

import { answer, api } from "./client";
import { keys } from "./keys";

/** What the reader may do. Until it is known nothing is held back: the server decides. */
export function useScope(): { isAdmin: boolean; mayOperate: boolean } {
  const { data } = useQuery({
    queryKey: keys.session,
    queryFn: ({ signal }) => answer(api.GET("/api/v1/session", { signal })),
    staleTime: 60_000,
  });
  const scope = data?.scope ?? "admin";
  return { isAdmin: scope === "admin", mayOperate: scope !== "read" };
}
