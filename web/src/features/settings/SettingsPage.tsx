/** Every setting, where it comes from, and changing it; nothing is sent before Save. */
import { Button, Skeleton, Text, TextInput, Title } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { ApiError } from "@/api/client";
import { words } from "@/strings";
import { Failure } from "@/ui/Failure";
import { Leaving } from "@/ui/Leaving";
import { Notice } from "@/ui/Notice";
import { Page } from "@/ui/Page";
import { done } from "@/ui/toast";
import { useFirstWrong } from "@/ui/useFirstWrong";
import { useLate } from "@/ui/useLate";

import { type Draft, drafted, grouped, patchOf } from "./model";
import { toldOf } from "./problems";
import { type Setting, useChangeSettings, useSettings } from "./queries";
import { SettingRow } from "./SettingRow";
import styles from "./SettingsPage.module.css";
import { WebhookSecret } from "./WebhookSecret";

const said = words.settings;

export function SettingsPage() {
  const settings = useSettings();
  const late = useLate(settings.isPending);
  return (
    <Page title={said.title}>
      {settings.data ? (
        <Settings settings={settings.data} />
      ) : settings.isError ? (
        settings.error instanceof ApiError && settings.error.status === 403 ? (
          <Notice title={said.refused} text={said.refusedText} />
        ) : (
          <Failure error={settings.error} retry={() => void settings.refetch()} />
        )
      ) : late ? (
        <div role="status" aria-busy aria-label={words.common.loading}>
          {[0, 1, 2, 3, 4, 5].map((place) => (
            <Skeleton key={place} h={64} mb="sm" />
          ))}
        </div>
      ) : null}
    </Page>
  );
}

function Settings({ settings }: { settings: readonly Setting[] }) {
  const [sought, setSought] = useState("");
  const [draft, setDraft] = useState<Draft>(new Map());
  const change = useChangeSettings();
  const root = useFirstWrong<HTMLDivElement>(change.error);
  const shown = grouped(settings, sought);
  const told = toldOf(change.error?.message ?? "", (path) =>
    settings.some(({ name }) => name === rowOf(path, settings)),
  );
  const wrong = new Map([...told.fields].map(([path, what]) => [rowOf(path, settings), what]));
  const save = () =>
    change.mutate(patchOf(draft, settings), {
      onSuccess: () => {
        // What was typed while it was sent is not saved yet.
        setDraft((now) => new Map([...now].filter(([name, value]) => draft.get(name) !== value)));
        done(said.saved);
      },
    });
  return (
    <div ref={root}>
      <div className={styles.top}>
        <TextInput
          type="search"
          aria-label={said.search}
          placeholder={said.search}
          leftSection={<IconSearch size={16} aria-hidden />}
          value={sought}
          onChange={(event) => setSought(event.currentTarget.value)}
          maw={420}
          flex="1 1 14rem"
        />
        <Link to="/endpoints" className={styles.link}>
          {said.endpoints}
        </Link>
      </div>
      {shown.length ? null : (
        <Notice title={said.none(sought)}>
          <Button variant="default" onClick={() => setSought("")}>
            {said.showAll}
          </Button>
        </Notice>
      )}
      {shown.map(({ group, settings: own }) => (
        <section key={group} className={styles.group} aria-labelledby={`group-${group}`}>
          <Title order={2} size="h5" id={`group-${group}`}>
            {said.groups[group]}
          </Title>
          {own.map((setting) => (
            <SettingRow
              key={setting.name}
              setting={setting}
              drafted={draft.get(setting.name)}
              error={draft.has(setting.name) ? wrong.get(setting.name) : undefined}
              change={(value) => setDraft((now) => drafted(now, setting, value))}
              keep={() =>
                setDraft((now) => new Map([...now].filter(([name]) => name !== setting.name)))
              }
            />
          ))}
          {group === "webhooks" ? <WebhookSecret /> : null}
        </section>
      ))}
      <Leaving dirty={draft.size > 0} />
      {draft.size ? (
        <div className={styles.bar} role="region" aria-label={said.bar(draft.size)}>
          <div className={styles.said}>
            <Text size="sm">{said.bar(draft.size)}</Text>
            {change.isError ? (
              <Text size="sm" c="var(--bad)" role="alert" style={{ whiteSpace: "pre-line" }}>
                {told.rest || said.wrong(wrong.size)}
              </Text>
            ) : null}
          </div>
          <Button
            variant="default"
            onClick={() => {
              setDraft(new Map());
              change.reset();
            }}
          >
            {said.discard}
          </Button>
          <Button loading={change.isPending} onClick={save}>
            {words.common.save}
          </Button>
        </div>
      ) : null}
    </div>
  );
}

/** A problem may be about a part of a setting: `server.origins.0` is about `server.origins`. */
function rowOf(path: string, settings: readonly Setting[]): string {
  const named = settings.find(({ name }) => path === name || path.startsWith(`${name}.`));
  return named?.name ?? path;
}
