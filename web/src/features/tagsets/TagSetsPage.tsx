/** The tag sets: a list, and the one that is being looked at or changed. */
import { Button, Group, Modal, Skeleton, Text } from "@mantine/core";
import { IconArrowLeft, IconPlus, IconTags } from "@tabler/icons-react";
import { useCallback, useMemo, useState } from "react";

import { useScope } from "@/api/session";
import { Leaving } from "@/ui/Leaving";
import { ago } from "@/lib/time";
import { words } from "@/strings";
import { Failure } from "@/ui/Failure";
import { Notice } from "@/ui/Notice";
import { Page } from "@/ui/Page";
import { useLate } from "@/ui/useLate";

import { blankTag, draftOf, sameDraft, type SetDraft, type TagSet } from "./model";
import { useDelete, useTagSets } from "./queries";
import { SetEditor } from "./SetEditor";
import styles from "./TagSetsPage.module.css";
import { TakeIn } from "./TakeIn";

const said = words.tagsets;

/** The key of the set that is not kept yet: no kept one can have this name. */
const NEW = "";

export function TagSetsPage() {
  const sets = useTagSets();
  const late = useLate(sets.isPending);
  const { mayOperate } = useScope();
  const [chosen, setChosen] = useState<string | null>(null);
  // What is typed stays when another set is looked at.
  const [drafts, setDrafts] = useState<ReadonlyMap<string, SetDraft>>(new Map());
  const items = useMemo(() => sets.data?.items ?? [], [sets.data]);
  const create = () => {
    setDrafts((now) =>
      now.has(NEW) ? now : new Map(now).set(NEW, { name: "", tags: [blankTag()], exclusive: [] }),
    );
    setChosen(NEW);
  };
  const choose = (name: string | null) => setChosen(name);
  const actions = (
    <>
      <TakeIn
        taken={items.map(({ name }) => name)}
        disabled={!mayOperate}
        takenIn={(name) => {
          setDrafts((now) => without(now, name));
          choose(name);
        }}
      />
      <Button
        size="sm"
        disabled={!mayOperate}
        leftSection={<IconPlus size={16} aria-hidden />}
        onClick={create}
      >
        {said.create}
      </Button>
    </>
  );
  return (
    <Page title={said.title} actions={actions}>
      {mayOperate ? null : (
        <Text size="sm" c="dimmed" mb="sm">
          {said.readOnly}
        </Text>
      )}
      {sets.isError && !sets.data ? (
        <Failure error={sets.error} retry={() => void sets.refetch()} />
      ) : sets.data ? (
        <Sets
          items={items}
          chosen={chosen}
          choose={choose}
          drafts={drafts}
          setDrafts={setDrafts}
          mayOperate={mayOperate}
        />
      ) : late ? (
        <div className={styles.both} role="status" aria-busy aria-label={words.common.loading}>
          <Skeleton h={220} />
          <Skeleton h={420} />
        </div>
      ) : null}
    </Page>
  );
}

type Drafts = ReadonlyMap<string, SetDraft>;

function without(drafts: Drafts, name: string): Drafts {
  return new Map([...drafts].filter(([other]) => other !== name));
}

/** What was typed while a set was on its way is not saved yet: it goes on under the set's name. */
function afterSave(drafts: Drafts, of: { was: string; name: string; sent: SetDraft }): Drafts {
  const now = drafts.get(of.was);
  const rest = without(drafts, of.was);
  return now === undefined || sameDraft(now, of.sent) ? rest : new Map(rest).set(of.name, now);
}

function Sets(props: {
  items: readonly TagSet[];
  chosen: string | null;
  choose: (name: string | null) => void;
  drafts: Drafts;
  setDrafts: (how: (now: Drafts) => Drafts) => void;
  mayOperate: boolean;
}) {
  const { items, chosen, choose, drafts, setDrafts } = props;
  const [removing, setRemoving] = useState<TagSet | null>(null);
  const kept = items.find(({ name }) => name === chosen) ?? null;
  const begun = useMemo(() => kept && draftOf(kept), [kept]);
  const draft = chosen === null ? null : (drafts.get(chosen) ?? begun);
  const isDirty = (name: string) => {
    const own = drafts.get(name);
    const set = items.find((one) => one.name === name);
    return own !== undefined && !(set && sameDraft(own, draftOf(set)));
  };
  const change = useCallback(
    (how: (draft: SetDraft) => SetDraft) => {
      if (chosen === null) return;
      setDrafts((now) => {
        const from = now.get(chosen) ?? begun;
        return from ? new Map(now).set(chosen, how(from)) : now;
      });
    },
    [chosen, begun, setDrafts],
  );
  if (!items.length && chosen === null) {
    return (
      <Notice
        title={said.empty.title}
        text={said.empty.text}
        icon={<IconTags size={40} stroke={1.2} aria-hidden />}
      />
    );
  }
  return (
    <div className={styles.both} data-chosen={draft ? true : undefined}>
      <nav className={styles.list} aria-label={said.list}>
        <List items={items} chosen={chosen} choose={choose} drafts={drafts} isDirty={isDirty} />
      </nav>
      <div className={styles.one}>
        {draft ? (
          <>
            <Button
              className={styles.back ?? ""}
              variant="subtle"
              size="compact-sm"
              leftSection={<IconArrowLeft size={15} aria-hidden />}
              onClick={() => choose(null)}
            >
              {said.back}
            </Button>
            <SetEditor
              key={chosen}
              kept={kept}
              draft={draft}
              dirty={chosen !== null && isDirty(chosen)}
              taken={items.map(({ name }) => name)}
              disabled={!props.mayOperate}
              change={change}
              discard={() => {
                setDrafts((now) => without(now, chosen ?? NEW));
                if (chosen === NEW) choose(null);
              }}
              saved={(name, sent) => {
                setDrafts((now) => afterSave(now, { was: chosen ?? NEW, name, sent }));
                choose(name);
              }}
              remove={() => setRemoving(kept)}
            />
          </>
        ) : (
          <Text c="dimmed" size="sm">
            {said.pick}
          </Text>
        )}
      </div>
      <Leaving dirty={[...drafts.keys()].some(isDirty)} />
      {removing ? (
        <RemoveDialog
          set={removing}
          close={() => setRemoving(null)}
          removed={() => {
            setDrafts((now) => without(now, removing.name));
            choose(null);
          }}
        />
      ) : null}
    </div>
  );
}

function List(props: {
  items: readonly TagSet[];
  chosen: string | null;
  choose: (name: string) => void;
  drafts: Drafts;
  isDirty: (name: string) => boolean;
}) {
  const { items, chosen, choose, drafts, isDirty } = props;
  return (
    <ul>
      {drafts.has(NEW) ? (
        <li>
          <button type="button" aria-current={chosen === NEW} onClick={() => choose(NEW)}>
            <b>{drafts.get(NEW)?.name.trim() ?? said.newName}</b>
            <span>{said.unsaved}</span>
          </button>
        </li>
      ) : null}
      {items.map((set) => (
        <li key={set.name}>
          <button type="button" aria-current={chosen === set.name} onClick={() => choose(set.name)}>
            <b>{set.name}</b>
            <span>
              {said.tags(set.set.tags.length)},{" "}
              {isDirty(set.name) ? said.unsaved : said.changed(ago(set.changed_at))}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function RemoveDialog(props: { set: TagSet; close: () => void; removed: () => void }) {
  const remove = useDelete();
  return (
    <Modal
      opened
      onClose={props.close}
      title={said.removeDialog.title(props.set.name)}
      closeButtonProps={{ "aria-label": words.common.close }}
    >
      <Text size="sm">{said.removeDialog.text}</Text>
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={props.close}>
          {words.common.cancel}
        </Button>
        <Button
          color="red"
          loading={remove.isPending}
          onClick={() =>
            remove.mutate(props.set, {
              onSuccess: () => {
                props.removed();
                props.close();
              },
            })
          }
        >
          {said.remove}
        </Button>
      </Group>
    </Modal>
  );
}
