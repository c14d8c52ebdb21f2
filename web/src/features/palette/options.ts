/** What the palette offers besides media: pages to go to and things to do. */
import { useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";

import { adding } from "@/features/upload/adding";
import { useSample } from "@/features/upload/useSample";
import { words } from "@/strings";

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
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme("light");
  const sample = useSample(({ id }) => void navigate({ to: "/media/$id", params: { id } }));
  const actions: Record<keyof typeof said.actions, () => void> = {
    upload: () => adding.ask("files"),
    uploadFolder: () => adding.ask("folder"),
    scan: () => adding.ask("scan"),
    path: () => adding.ask("path"),
    servers: () => void navigate({ to: "/endpoints" }),
    theme: () => setColorScheme(scheme === "dark" ? "light" : "dark"),
    sample: () => sample.mutate(),
    api: () => location.assign("/api/docs"),
  };
  return (Object.keys(actions) as (keyof typeof actions)[]).map((name) => ({
    id: `action:${name}`,
    name: said.actions[name],
    also: said.also[name],
    act: actions[name],
  }));
}
