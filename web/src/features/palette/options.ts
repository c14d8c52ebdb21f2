/** What the palette offers besides media: pages to go to and things to do. */
import { useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";

import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { adding } from "@/features/upload/adding";
import { words } from "@/strings";
import { failed } from "@/ui/toast";

import type { Named } from "./match";

const said = words.palette;

export interface Option extends Named {
  id: string;
  act: () => void;
}

export function usePages(): Option[] {
  const navigate = useNavigate();
  const places = [
    ["/", said.pages.library],
    ["/runs", said.pages.runs],
    ["/tag-sets", said.pages.tagSets],
    ["/endpoints", said.pages.endpoints],
    ["/system", said.pages.system],
    ["/settings", said.pages.settings],
    ["/compare", said.pages.compare],
    ["/welcome", said.pages.welcome],
  ] as const;
  return places.map(([to, name]) => ({
    id: `page:${to}`,
    name,
    act: () => void navigate({ to }),
  }));
}

export function useActions(): Option[] {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme("light");
  const sample = async () => {
    try {
      const made = await answer(api.POST("/api/v1/media/sample"));
      void queries.invalidateQueries({ queryKey: keys.media });
      void navigate({ to: "/media/$id", params: { id: made.id } });
    } catch (error) {
      failed(error);
    }
  };
  const actions: Record<keyof typeof said.actions, () => void> = {
    upload: () => adding.ask("files"),
    uploadFolder: () => adding.ask("folder"),
    scan: () => adding.ask("scan"),
    path: () => adding.ask("path"),
    servers: () => void navigate({ to: "/endpoints" }),
    theme: () => setColorScheme(scheme === "dark" ? "light" : "dark"),
    sample: () => void sample(),
    api: () => location.assign("/api/docs"),
  };
  return (Object.keys(actions) as (keyof typeof actions)[]).map((name) => ({
    id: `action:${name}`,
    name: said.actions[name],
    also: said.also[name],
    act: actions[name],
  }));
}
