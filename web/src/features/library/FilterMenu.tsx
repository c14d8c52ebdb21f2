import { Button, Checkbox, Popover, TextInput } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";

import { count } from "@/lib/numbers";
import { words } from "@/strings";

import styles from "./FilterMenu.module.css";

export interface Choice {
  value: string;
  name: string;
  media?: number;
}

/** A button that opens a list of values to narrow the library by. */
export function FilterMenu(props: {
  name: string;
  choices: readonly Choice[];
  chosen: readonly string[];
  onToggle: (value: string) => void;
  /** Where values are too many to show all: what is typed, and what to say where none is left. */
  find?: { q: string; onFind: (q: string) => void; none: string };
  onOpen?: (open: boolean) => void;
  children?: ReactNode;
}) {
  const { name, choices, chosen, onToggle, find } = props;
  const [open, setOpen] = useState(false);
  const show = (now: boolean) => {
    setOpen(now);
    props.onOpen?.(now);
  };
  return (
    <Popover
      opened={open}
      onChange={show}
      position="bottom-start"
      shadow="md"
      trapFocus
      returnFocus
      withinPortal
    >
      <Popover.Target>
        <Button
          variant={chosen.length ? "light" : "default"}
          size="xs"
          rightSection={<IconChevronDown size={14} aria-hidden />}
          aria-label={words.library.filters.chosen(name, chosen.length)}
          onClick={() => show(!open)}
        >
          {name}
          {chosen.length ? ` (${chosen.length})` : ""}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p="xs" aria-label={name}>
        {find ? (
          <TextInput
            size="xs"
            mb="xs"
            data-autofocus
            placeholder={words.library.filters.find}
            aria-label={words.library.filters.find}
            value={find.q}
            onChange={(event) => find.onFind(event.currentTarget.value)}
          />
        ) : null}
        <div className={styles.choices} role="group" aria-label={name}>
          {choices.map((choice) => (
            <Checkbox
              key={choice.value}
              size="xs"
              classNames={{
                root: styles.choice ?? "",
                body: styles.body ?? "",
                labelWrapper: styles.wide ?? "",
              }}
              checked={chosen.includes(choice.value)}
              onChange={() => onToggle(choice.value)}
              label={
                <span className={styles.label}>
                  <span>{choice.name}</span>
                  {choice.media === undefined ? null : (
                    <span className={styles.media}>{count(choice.media)}</span>
                  )}
                </span>
              }
            />
          ))}
          {choices.length === 0 && find ? <p className={styles.none}>{find.none}</p> : null}
        </div>
        {props.children}
      </Popover.Dropdown>
    </Popover>
  );
}
