/** One tag set, to change: its name, its tags, and which categories exclude each other. */
import {
  Button,
  Group,
  MultiSelect,
  Text,
  TextInput,
  Title,
  useComputedColorScheme,
} from "@mantine/core";
import { IconDownload, IconTrash } from "@tabler/icons-react";
import { useCallback, useState } from "react";

import { tagColors } from "@/lib/tagColors";
import { useFirstWrong } from "@/ui/useFirstWrong";
import { words } from "@/strings";
import { Failure } from "@/ui/Failure";
import { done } from "@/ui/toast";

import {
  blankTag,
  categoriesOf,
  moved,
  namesIn,
  NOTHING_WRONG,
  type SetDraft,
  type TagDraft,
  type TagSet,
  wrongOf,
} from "./model";
import { SetRefused, useSave } from "./queries";
import styles from "./SetEditor.module.css";
import { TagRow } from "./TagRow";

const said = words.tagsets;

export function SetEditor(props: {
  /** As it is kept; null for one that is new. */
  kept: TagSet | null;
  draft: SetDraft;
  dirty: boolean;
  taken: readonly string[];
  disabled: boolean;
  change: (how: (draft: SetDraft) => SetDraft) => void;
  discard: () => void;
  saved: (name: string, sent: SetDraft) => void;
  remove: () => void;
}) {
  const { kept, draft, disabled, change } = props;
  const save = useSave();
  const form = useFirstWrong<HTMLFormElement>(save.error);
  const wrong = save.error instanceof SetRefused ? wrongOf(save.error.problems) : NOTHING_WRONG;
  const name = draft.name.trim();
  const isTaken = name !== kept?.name && props.taken.includes(name);
  const fields = wrong.tags.size + (wrong.exclusive ? 1 : 0);
  const categories = categoriesOf(draft);
  const scheme = useComputedColorScheme("light");
  const colors = tagColors([...new Set(draft.tags.map(calledIn).filter(Boolean))]);

  const changeTag = useCallback(
    (place: number, changes: Partial<TagDraft>) =>
      change((now) => ({
        ...now,
        tags: now.tags.map((tag, at) => (at === place ? { ...tag, ...changes } : tag)),
      })),
    [change],
  );
  const move = useCallback(
    (place: number, by: number) => change((now) => ({ ...now, tags: moved(now.tags, place, by) })),
    [change],
  );
  const removeTag = useCallback(
    (place: number) =>
      change((now) => ({ ...now, tags: now.tags.filter((_, at) => at !== place) })),
    [change],
  );

  return (
    <form
      ref={form}
      className={styles.editor}
      aria-label={name || said.create}
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(
          { draft, before: kept?.name ?? null },
          {
            onSuccess: (set) => {
              done(said.saved(set.name));
              props.saved(set.name, draft);
            },
          },
        );
      }}
    >
      <Group align="flex-end" gap="sm" mb="sm">
        <TextInput
          label={said.form.name}
          value={draft.name}
          disabled={disabled}
          error={isTaken ? said.taken(name) : undefined}
          flex="1 1 14rem"
          maw={360}
          onChange={(event) => {
            const typed = event.currentTarget.value;
            change((now) => ({ ...now, name: typed }));
          }}
        />
        {kept ? (
          <Group gap="xs">
            <Button
              component="a"
              href={`/api/v1/tag-sets/${encodeURIComponent(kept.name)}/file`}
              download={`${kept.name}.toml`}
              variant="default"
              leftSection={<IconDownload size={15} aria-hidden />}
            >
              {said.download}
            </Button>
            <Button
              variant="default"
              disabled={disabled}
              leftSection={<IconTrash size={15} aria-hidden />}
              onClick={props.remove}
            >
              {said.remove}
            </Button>
          </Group>
        ) : null}
      </Group>
      {save.isError && !fields ? (
        <Failure error={wrong.other.length ? new Error(wrong.other.join("\n")) : save.error} />
      ) : null}
      <Title order={2} size="h6" mt="sm">
        {said.form.tags}
      </Title>
      <Text size="xs" c="dimmed" mb={4}>
        {said.form.asksAgain}
      </Text>
      <div className={styles.tags}>
        {draft.tags.map((tag, place) => (
          <TagRow
            key={tag.key}
            tag={tag}
            place={place}
            count={draft.tags.length}
            disabled={disabled}
            color={colors.get(calledIn(tag))?.[scheme] ?? "var(--line)"}
            errors={errorsAt(wrong.tags, place)}
            change={changeTag}
            move={move}
            remove={removeTag}
          />
        ))}
      </div>
      {disabled ? null : <AddTags draft={draft} change={change} />}
      <MultiSelect
        mt="md"
        maw={480}
        label={said.form.exclusive}
        description={`${said.form.exclusiveHint}. ${said.form.firstWins}`}
        placeholder={categories.length ? "" : said.form.noCategories}
        data={categories}
        value={draft.exclusive.filter((category) => categories.includes(category))}
        error={wrong.exclusive || undefined}
        disabled={disabled || !categories.length}
        onChange={(exclusive) => change((now) => ({ ...now, exclusive }))}
      />
      {props.dirty || !kept ? (
        <div className={styles.bar}>
          <Text size="sm" flex={1} {...(fields ? { c: "var(--bad)", role: "alert" } : {})}>
            {fields ? [said.wrong(fields), ...wrong.other].join(". ") : said.unsaved}
          </Text>
          <Button
            variant="default"
            onClick={() => {
              save.reset();
              props.discard();
            }}
          >
            {said.discard}
          </Button>
          <Button
            type="submit"
            loading={save.isPending}
            disabled={disabled || !name || isTaken || !draft.tags.length}
          >
            {said.save}
          </Button>
        </div>
      ) : null}
    </form>
  );
}

/** What a tag is called where results are shown: its colour goes by that. */
function calledIn(tag: TagDraft): string {
  return tag.renamed.trim() || tag.name.trim();
}

function errorsAt(wrong: ReadonlyMap<string, string>, place: number): string {
  const own = [...wrong].filter(([at]) => at.startsWith(`${place}.`));
  return JSON.stringify(
    Object.fromEntries(own.map(([at, what]) => [at.slice(at.indexOf(".") + 1), what])),
  );
}

function AddTags(props: { draft: SetDraft; change: (how: (draft: SetDraft) => SetDraft) => void }) {
  const [text, setText] = useState("");
  const names = namesIn(
    text,
    props.draft.tags.map(({ name }) => name),
  );
  const add = () => {
    if (!names.length) return;
    props.change((now) => ({
      ...now,
      tags: [...now.tags, ...names.map((name) => blankTag(name))],
    }));
    setText("");
  };
  return (
    <Group align="flex-end" gap="xs" mt="sm">
      <TextInput
        label={said.form.add}
        placeholder={said.form.addHint}
        value={text}
        flex="1 1 14rem"
        maw={480}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || !text.trim()) return;
          event.preventDefault();
          add();
        }}
      />
      <Button variant="default" disabled={!names.length} onClick={add}>
        {said.form.addButton}
      </Button>
    </Group>
  );
}
