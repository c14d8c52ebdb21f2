import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { words } from "@/strings";

import { FilterMenu } from "./FilterMenu";

/** Tags that were found somewhere, most frequent first. */
export function TagFilter(props: { chosen: readonly string[]; onToggle: (tag: string) => void }) {
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const [q] = useDebouncedValue(typed, 150);
  const tags = useQuery({
    queryKey: [...keys.mediaTags, q],
    queryFn: () => answer(api.GET("/api/v1/media/tags", { params: { query: { q, limit: 200 } } })),
    placeholderData: keepPreviousData,
    enabled: open,
  });
  const found = tags.data?.items.map(({ tag, media }) => ({ value: tag, name: tag, media })) ?? [];
  // What is chosen can be taken back though no media has it any more.
  const gone = typed ? [] : props.chosen.filter((tag) => !found.some((one) => one.value === tag));
  const none = typed ? words.library.filters.noSuchTag : words.library.filters.noTags;
  return (
    <FilterMenu
      name={words.library.filters.tag}
      choices={[...gone.map((tag) => ({ value: tag, name: tag })), ...found]}
      chosen={props.chosen}
      onToggle={props.onToggle}
      find={{
        q: typed,
        onFind: setTyped,
        none: tags.error ? tags.error.message : tags.data ? none : words.common.loading,
      }}
      onOpen={() => setOpen(true)}
    />
  );
}
