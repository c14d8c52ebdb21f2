/** One field that leads everywhere: media by title or tag, pages, and things to do. */
import { Kbd, Modal, Text, TextInput, VisuallyHidden } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, useEffect, useId, useState } from "react";

import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { thumbnailUrl } from "@/lib/pictures";
import { timecode } from "@/lib/time";
import { words } from "@/strings";

import { matching } from "./match";
import { type Option, useActions, usePages } from "./options";
import styles from "./Palette.module.css";

const said = words.palette;
const TYPED_MS = 120;
const MOST_MEDIA = 6;

interface Shown extends Option {
  picture?: string;
  note?: string;
}

interface Group {
  name: string;
  options: Shown[];
}

export default function Palette({ close }: { close: () => void }) {
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const { groups, failed } = useGroups(typed);
  const id = useId();
  const all = groups.flatMap(({ options }) => options);
  const current = Math.min(at, all.length - 1);
  const optionId = (place: number) => `${id}-${place}`;
  useEffect(() => {
    document.getElementById(`${id}-${current}`)?.scrollIntoView({ block: "nearest" });
  }, [id, current]);

  const choose = (option: Shown | undefined) => {
    if (!option) return;
    close();
    option.act();
  };
  const press = (event: KeyboardEvent) => {
    const step: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 5, PageUp: -5 };
    const by = step[event.key];
    if (by !== undefined && all.length) {
      const one = Math.abs(by) === 1;
      // Single steps go round; longer ones stop at the ends.
      const to = current + by;
      setAt(one ? (to + all.length) % all.length : Math.min(all.length - 1, Math.max(0, to)));
    } else if (event.key === "Enter" && !event.nativeEvent.isComposing) {
      choose(all[current]);
    } else {
      return;
    }
    event.preventDefault();
  };

  const starts = groups.map((_, place) =>
    groups.slice(0, place).reduce((sum, { options }) => sum + options.length, 0),
  );
  return (
    <Modal
      opened
      onClose={close}
      withCloseButton={false}
      padding={0}
      size="lg"
      yOffset="12vh"
      attributes={{ content: { "aria-label": said.title } }}
      transitionProps={{ duration: 80 }}
    >
      <TextInput
        data-autofocus
        variant="unstyled"
        size="md"
        px="sm"
        className={styles.field ?? ""}
        leftSection={<IconSearch size={17} aria-hidden />}
        role="combobox"
        aria-label={said.input}
        aria-expanded={all.length > 0}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        {...(all.length ? { "aria-activedescendant": optionId(current) } : {})}
        autoComplete="off"
        spellCheck={false}
        placeholder={said.input}
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={press}
      />
      <div id={`${id}-list`} className={styles.list} role="listbox" aria-label={said.results}>
        {groups.map(({ name, options }, place) => (
          <div key={name} role="group" aria-labelledby={`${id}-group-${place}`}>
            <div id={`${id}-group-${place}`} className={styles.group} role="presentation">
              {name}
            </div>
            {options.map((option, within) => {
              const index = (starts[place] ?? 0) + within;
              return (
                <div
                  key={option.id}
                  id={optionId(index)}
                  role="option"
                  aria-selected={index === current}
                  className={styles.option}
                  onPointerMove={() => setAt(index)}
                  onClick={() => choose(option)}
                >
                  {option.picture ? (
                    <img className={styles.picture} src={option.picture} alt="" loading="lazy" />
                  ) : null}
                  <span className={styles.name}>{option.name}</span>
                  {option.note ? <span className={styles.note}>{option.note}</span> : null}
                </div>
              );
            })}
          </div>
        ))}
      </div>
      {failed || all.length === 0 ? (
        <Text size="sm" c="dimmed" p="sm" role="status">
          {failed ? said.mediaFailed : said.nothing(typed)}
        </Text>
      ) : null}
      <div className={styles.keys} aria-hidden>
        <span>
          <Kbd size="xs">↑</Kbd> <Kbd size="xs">↓</Kbd> {said.keys.move}
        </span>
        <span>
          <Kbd size="xs">Enter</Kbd> {said.keys.open}
        </span>
        <span>
          <Kbd size="xs">Esc</Kbd> {said.keys.close}
        </span>
      </div>
      <VisuallyHidden role="status">{all[current]?.name}</VisuallyHidden>
    </Modal>
  );
}

function useGroups(typed: string): { groups: Group[]; failed: boolean } {
  const navigate = useNavigate();
  const pages = usePages();
  const actions = useActions();
  const [q] = useDebouncedValue(typed.trim(), TYPED_MS);
  const found = useQuery({
    queryKey: keys.mediaList({ palette: q }),
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/media", { params: { query: { q, limit: MOST_MEDIA } }, signal })),
    placeholderData: keepPreviousData,
  });
  const media = (found.data?.items ?? []).map((item): Shown => ({
    id: item.id,
    name: item.title || words.library.card.unnamed,
    note: item.duration_s > 0 ? timecode(item.duration_s) : words.library.kinds[item.kind],
    picture: thumbnailUrl(item.id, 160),
    act: () => void navigate({ to: "/media/$id", params: { id: item.id } }),
  }));
  if (q && (found.data?.total ?? 0) > MOST_MEDIA) {
    const act = () => void navigate({ to: "/", search: { q } });
    media.push({ id: "all", name: said.searchAll(q), act });
  }
  const groups: Group[] = [
    { name: said.groups.actions, options: matching(actions, typed) },
    { name: said.groups.pages, options: matching(pages, typed) },
    { name: said.groups.media, options: media },
  ];
  return {
    groups: groups.filter(({ options }) => options.length > 0),
    failed: found.error !== null && !found.data,
  };
}
