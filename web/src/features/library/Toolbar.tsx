import { ActionIcon, Button, Group, Menu, Title } from "@mantine/core";
import { IconArrowsSort, IconLayoutGrid, IconList, IconX } from "@tabler/icons-react";

import type { LibrarySearch } from "@/app/addresses";
import { words } from "@/strings";

import { AddMenu } from "./AddMenu";
import {
  cleared,
  type Filter,
  isNarrowed,
  KINDS,
  ORDERS,
  type Room,
  STATES,
  toggled,
} from "./filter";
import { FilterMenu } from "./FilterMenu";
import { focusShelf } from "./focus";
import type { View } from "./layout";
import styles from "./LibraryPage.module.css";
import { SearchField } from "./SearchField";
import { TagFilter } from "./TagFilter";

const said = words.library;
const STATE_CHOICES = STATES.map((value) => ({ value, name: words.common.states[value] }));
const KIND_CHOICES = KINDS.map((value) => ({ value, name: said.kinds[value] }));

export interface ToolbarProps {
  search: LibrarySearch;
  filter: Filter;
  view: View;
  onChange: (search: LibrarySearch) => void;
  onSearch: (q: string) => void;
  onView: (view: View) => void;
}

/** What the library is narrowed and sorted by, and what can be added to it. */
export function Toolbar(props: ToolbarProps) {
  const { search, filter, view, onChange } = props;
  const toggle = (room: Room) => (value: string) => onChange(toggled(search, room, value));
  return (
    <div className={styles.toolbar}>
      <Title order={1} size="h3" className={styles.name ?? ""}>
        {said.title}
      </Title>
      <SearchField q={filter.q} onSearch={props.onSearch} onLeave={focusShelf} />
      <Group gap={6} className={styles.filters ?? ""} role="group" aria-label={said.filters.label}>
        <TagFilter chosen={filter.tag} onToggle={toggle("tag")} />
        <FilterMenu
          name={said.filters.state}
          choices={STATE_CHOICES}
          chosen={filter.state}
          onToggle={toggle("state")}
        />
        <FilterMenu
          name={said.filters.kind}
          choices={KIND_CHOICES}
          chosen={filter.kind}
          onToggle={toggle("kind")}
        />
        <Menu position="bottom-start" shadow="md">
          <Menu.Target>
            <Button
              variant="subtle"
              color="gray"
              size="xs"
              leftSection={<IconArrowsSort size={14} aria-hidden />}
              aria-label={said.sort.by(said.sort.orders[filter.sort])}
            >
              {said.sort.orders[filter.sort]}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.RadioGroup value={filter.sort} onChange={(sort) => onChange({ ...search, sort })}>
              {ORDERS.map((order) => (
                <Menu.RadioItem
                  key={order}
                  value={order}
                  {...(order === filter.sort ? { "data-autofocus": true } : {})}
                >
                  {said.sort.orders[order]}
                </Menu.RadioItem>
              ))}
            </Menu.RadioGroup>
          </Menu.Dropdown>
        </Menu>
      </Group>
      <Group gap={4} wrap="nowrap" className={styles.end ?? ""}>
        <ActionIcon.Group role="group" aria-label={said.view.label}>
          <ViewButton view="grid" now={view} onView={props.onView} />
          <ViewButton view="list" now={view} onView={props.onView} />
        </ActionIcon.Group>
        <AddMenu />
      </Group>
    </div>
  );
}

function ViewButton(props: { view: View; now: View; onView: (view: View) => void }) {
  const { view, now, onView } = props;
  const Icon = view === "grid" ? IconLayoutGrid : IconList;
  return (
    <ActionIcon
      variant={view === now ? "light" : "default"}
      size={30}
      aria-label={said.view[view]}
      aria-pressed={view === now}
      title={said.view[view]}
      onClick={() => onView(view)}
    >
      <Icon size={16} stroke={1.6} aria-hidden />
    </ActionIcon>
  );
}

/** What the list is narrowed to, each with a way to take it back. */
export function Chips(props: Pick<ToolbarProps, "search" | "filter" | "onChange">) {
  const { search, filter, onChange } = props;
  if (!isNarrowed(filter)) return null;
  const chips: { room: Room; value: string; name: string }[] = [
    ...filter.tag.map((value) => ({ room: "tag" as const, value, name: value })),
    ...filter.state.map((value) => ({
      room: "state" as const,
      value,
      name: words.common.states[value],
    })),
    ...filter.kind.map((value) => ({ room: "kind" as const, value, name: said.kinds[value] })),
  ];
  return (
    <>
      {chips.map(({ room, value, name }) => (
        <Button
          key={`${room}:${value}`}
          variant="light"
          size="compact-xs"
          rightSection={<IconX size={12} aria-hidden />}
          aria-label={said.filters.remove(said.filters.one[room], name)}
          onClick={() => onChange(toggled(search, room, value))}
        >
          {said.filters.chip(said.filters.one[room], name)}
        </Button>
      ))}
      <Button
        variant="subtle"
        color="gray"
        size="compact-xs"
        onClick={() => onChange(cleared(search))}
      >
        {said.filters.clear}
      </Button>
    </>
  );
}
