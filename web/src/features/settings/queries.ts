/** All settings, and changing them. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { answer, api, type Schemas } from "@/api/client";
import { keys } from "@/api/keys";

export type Setting = Schemas["SettingDocument"];

export function useSettings(enabled = true) {
  return useQuery({
    queryKey: keys.settings,
    queryFn: async ({ signal }) => (await answer(api.GET("/api/v1/settings", { signal }))).settings,
    enabled,
  });
}

export function useChangeSettings() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (body: Record<string, unknown>) =>
      (
        await answer(
          api.PATCH("/api/v1/settings", {
            body: body as Record<string, never>,
          }),
        )
      ).settings,
    onSuccess: (settings) => client.setQueryData(keys.settings, settings),
  });
}

export function useRenewSecret() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async () => (await answer(api.POST("/api/v1/settings/webhook-secret"))).secret,
    onSuccess: () => client.invalidateQueries({ queryKey: keys.settings }),
  });
}
