/** Tags as pills: a comma or Enter ends one, and those that were found before are offered. */
import { TagsInput } from "@mantine/core";
import { useState } from "react";

import { useFoundTags } from "@/api/tags";
import { words } from "@/strings";

import { type Draft, tagName, withTags } from "./draft";

const OFFERED = 8;

export function TagsField(props: { draft: Draft; error?: string; change: (draft: Draft) => void }) {
  const [typed, setTyped] = useState("");
  const known = useFoundTags({ q: typed, limit: OFFERED });
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
