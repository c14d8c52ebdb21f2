import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";

import { useFoundTags } from "@/api/tags";
import { words } from "@/strings";

import { FilterMenu } from "./FilterMenu";

const OFFERED = 200;

/** Tags that were found somewhere, most frequent first. */
export function TagFilter(props: { chosen: readonly string[]; onToggle: (tag: string) => void }) {
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const [q] = useDebouncedValue(typed, 150);
  const tags = useFoundTags({ q, limit: OFFERED, enabled: open });
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
      onOpen={setOpen}
    />
  );
}
