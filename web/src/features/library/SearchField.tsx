import { CloseButton, Kbd, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";

import { words } from "@/strings";

const TYPED_MS = 150;

/** Searches while one types; the key "/" leads here. What the address says wins when it changes. */
export function SearchField(props: {
  q: string;
  onSearch: (q: string) => void;
  /** Down leads to what was found. */
  onLeave: () => void;
}) {
  const { q, onSearch } = props;
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(q);
  const [known, setKnown] = useState(q);
  if (q !== known) {
    setKnown(q);
    if (q !== typed.trim()) setTyped(q);
  }
  useEffect(() => {
    if (typed.trim() === known) return;
    const timer = setTimeout(() => {
      setKnown(typed.trim());
      onSearch(typed.trim());
    }, TYPED_MS);
    return () => clearTimeout(timer);
  }, [typed, known, onSearch]);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const target = event.target instanceof Element ? event.target : null;
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
      if (target?.closest("input, textarea, select, [contenteditable], [role=dialog]")) return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);
  return (
    <TextInput
      ref={input}
      type="search"
      size="xs"
      flex="1 1 12rem"
      maw={420}
      miw={0}
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === "ArrowDown") {
          event.preventDefault();
          props.onLeave();
        } else if (event.key === "Escape" && typed) {
          event.stopPropagation();
          setTyped("");
        }
      }}
      placeholder={words.library.search}
      aria-label={words.library.search}
      aria-keyshortcuts="/"
      leftSection={<IconSearch size={15} aria-hidden />}
      rightSection={
        typed ? (
          <CloseButton size="xs" aria-label={words.common.remove} onClick={() => setTyped("")} />
        ) : (
          <Kbd size="xs" aria-hidden>
            {words.library.searchKey}
          </Kbd>
        )
      }
    />
  );
}
