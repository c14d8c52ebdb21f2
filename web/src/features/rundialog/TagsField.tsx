/** Tags as pills: a comma or Enter ends one, and those that were found before are offered. */
import { TagsInput } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { words } from "@/strings";

import { type Draft, tagName, withTags } from "./draft";

const OFFERED = 8;

export function TagsField(props: { draft: Draft; error?: string; change: (draft: Draft) => void }) {
  const [typed, setTyped] = useState("");
  const known = useQuery({
    queryKey: [...keys.mediaTags, typed],
    queryFn: () =>
      answer(api.GET("/api/v1/media/tags", { params: { query: { q: typed, limit: OFFERED } } })),
    placeholderData: keepPreviousData,
    retry: false,
  });
  return (
    <TagsInput
      data-autofocus
      label={words.run.tags}
      description={words.run.tagsHint}
      placeholder={props.draft.tags.length ? "" : words.run.tagsPlaceholder}
      value={props.draft.tags.map(tagName)}
      error={props.error}
      // Offered while one types, so that nothing lies over the rest before.
      data={typed ? (known.data?.items.map((one) => one.tag) ?? []) : []}
      searchValue={typed}
      onSearchChange={setTyped}
      splitChars={[",", ";", "\n"]}
      maxTags={1000}
      comboboxProps={{ withinPortal: false }}
      onChange={(names) => props.change(withTags(props.draft, names))}
    />
  );
}
