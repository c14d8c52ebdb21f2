/** One endpoint: how it is in words, its last minute, what it has used, and what it can do. */
import { ActionIcon, Button, Group, Menu, Text, Title, Tooltip } from "@mantine/core";
import {
  IconDots,
  IconDownload,
  IconFlask,
  IconGauge,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconSettings,
  IconShieldOff,
  IconTrash,
} from "@tabler/icons-react";
import { useState } from "react";

import { ago } from "@/lib/time";
import { words } from "@/strings";
import { useCopy } from "@/ui/useCopy";

import { DistrustDialog } from "./DistrustDialog";
import { EndpointForm } from "./EndpointForm";
import { ErrandLine } from "./ErrandLine";
import { type Activity, chipsOf, type Endpoint, problemsOf, stateOf } from "./model";
import { Numbers } from "./Numbers";
import { PullDialog } from "./PullDialog";
import { useErrand, usePause } from "./queries";
import { RemoveDialog } from "./RemoveDialog";
import { Strip } from "./Strip";
import { TestDialog } from "./TestDialog";
import styles from "./EndpointCard.module.css";

const said = words.endpoints;

type Shown = "edit" | "test" | "pull" | "distrust" | "remove" | null;

export function EndpointCard(props: {
  endpoint: Endpoint;
  activity?: Activity | undefined;
  unseen: string;
  isAdmin: boolean;
  mayOperate: boolean;
  taken: readonly string[];
}) {
  const { endpoint, activity, isAdmin } = props;
  const [shown, setShown] = useState<Shown>(null);
  const probe = useErrand("probe", endpoint.name);
  const pull = useErrand("pull", endpoint.name);
  const state = stateOf(endpoint, activity);
  const close = () => setShown(null);
  return (
    <article className={styles.card} aria-labelledby={`endpoint-${endpoint.name}`}>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Title order={2} size="h5" id={`endpoint-${endpoint.name}`} className={styles.name}>
          {endpoint.name}
        </Title>
        <Actions {...props} show={setShown} measure={() => probe.begin.mutate(null)} />
      </Group>
      <div className={styles.state} data-tone={state.tone}>
        {state.text}
      </div>
      <About endpoint={endpoint} />
      <Strip
        name={endpoint.name}
        activity={activity}
        asked={endpoint.state === "up"}
        unseen={props.unseen}
      />
      <Numbers endpoint={endpoint} activity={activity} />
      <Found endpoint={endpoint} />
      {probe.errand ? <ErrandLine errand={probe.errand} dismiss={probe.dismiss} /> : null}
      {pull.errand ? <ErrandLine errand={pull.errand} dismiss={pull.dismiss} /> : null}
      <Problems endpoint={endpoint} />
      {endpoint.made_in ? (
        <Text size="xs" c="dimmed">
          {said.madeIn(endpoint.made_in)}
        </Text>
      ) : null}
      {shown === "edit" ? (
        <EndpointForm endpoint={endpoint} taken={props.taken} close={close} mayChange={isAdmin} />
      ) : null}
      {shown === "test" ? <TestDialog endpoint={endpoint} close={close} /> : null}
      {shown === "pull" ? (
        <PullDialog
          name={endpoint.name}
          begin={(model) => pull.begin.mutate(model)}
          close={close}
        />
      ) : null}
      {shown === "distrust" ? <DistrustDialog endpoint={endpoint} close={close} /> : null}
      {shown === "remove" ? <RemoveDialog name={endpoint.name} close={close} /> : null}
    </article>
  );
}

function Actions(props: {
  endpoint: Endpoint;
  isAdmin: boolean;
  mayOperate: boolean;
  show: (what: Shown) => void;
  measure: () => void;
}) {
  const { endpoint, isAdmin, mayOperate, show } = props;
  const pause = usePause(endpoint.name);
  const isFixed = endpoint.made_in !== "";
  const why = mayOperate ? said.needs.admin : said.needs.operate;
  return (
    <Group gap={4} wrap="nowrap">
      <Button
        size="compact-sm"
        variant="default"
        disabled={!mayOperate}
        loading={pause.isPending}
        leftSection={
          endpoint.paused ? (
            <IconPlayerPlay size={14} aria-hidden />
          ) : (
            <IconPlayerPause size={14} aria-hidden />
          )
        }
        onClick={() => pause.mutate(!endpoint.paused)}
      >
        {endpoint.paused ? said.actions.resume : said.actions.pause}
      </Button>
      <Menu position="bottom-end" width={230}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={said.actions.menu(endpoint.name)}>
            <IconDots size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<IconFlask size={16} aria-hidden />}
            disabled={!mayOperate}
            onClick={() => show("test")}
          >
            {said.actions.test}
          </Menu.Item>
          <Menu.Item
            leftSection={<IconGauge size={16} aria-hidden />}
            disabled={!mayOperate}
            onClick={props.measure}
          >
            {said.actions.measure}
          </Menu.Item>
          <Menu.Item
            leftSection={
              isFixed || !isAdmin ? (
                <IconSettings size={16} aria-hidden />
              ) : (
                <IconPencil size={16} aria-hidden />
              )
            }
            onClick={() => show("edit")}
          >
            {isFixed || !isAdmin ? said.actions.look : said.actions.edit}
          </Menu.Item>
          {endpoint.kind === "ollama" ? (
            <Menu.Item
              leftSection={<IconDownload size={16} aria-hidden />}
              disabled={!isAdmin}
              onClick={() => show("pull")}
            >
              {said.actions.pull}
            </Menu.Item>
          ) : null}
          <Menu.Item
            leftSection={<IconShieldOff size={16} aria-hidden />}
            disabled={!isAdmin}
            onClick={() => show("distrust")}
          >
            {said.actions.distrust}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item
            c="var(--bad)"
            leftSection={<IconTrash size={16} aria-hidden />}
            disabled={!isAdmin || isFixed}
            onClick={() => show("remove")}
          >
            {said.actions.remove}
          </Menu.Item>
          {isAdmin && !isFixed ? null : (
            <Menu.Label>{isAdmin ? said.madeIn(endpoint.made_in) : why}</Menu.Label>
          )}
        </Menu.Dropdown>
      </Menu>
    </Group>
  );
}

function About({ endpoint }: { endpoint: Endpoint }) {
  const kinds: Readonly<Record<string, string>> = said.kinds;
  const { copied, copy } = useCopy();
  return (
    <div className={styles.about}>
      <div className={styles.model}>{endpoint.model ?? said.noModel}</div>
      <div className={styles.where}>
        <span>{kinds[endpoint.kind] ?? endpoint.kind}</span>
        <span>{said.reach[endpoint.reach]}</span>
        {endpoint.url ? (
          <Tooltip label={copied ? words.common.copied : words.common.copy} openDelay={400}>
            <button
              type="button"
              className={styles.url}
              onClick={() => void copy(endpoint.url ?? "")}
            >
              {endpoint.url}
            </button>
          </Tooltip>
        ) : (
          <span>{said.inProcess}</span>
        )}
      </div>
    </div>
  );
}

function Found({ endpoint }: { endpoint: Endpoint }) {
  const { profile, profile_is_stale: stale } = endpoint;
  const label = profile && !stale ? said.profile.when(ago(profile.probed_at)) : undefined;
  return (
    <ul className={styles.chips} aria-label={said.profile.title} title={label}>
      {!profile ? <li data-none>{said.profile.none}</li> : null}
      {profile && stale ? <li data-none>{said.profile.stale}</li> : null}
      {profile && !stale ? chipsOf(profile).map((chip) => <li key={chip}>{chip}</li>) : null}
    </ul>
  );
}

function Problems({ endpoint }: { endpoint: Endpoint }) {
  const problems = problemsOf(endpoint);
  if (!problems.length) return null;
  return (
    <ul className={styles.problems}>
      {problems.map(({ what, way_out, grave }) => (
        <li key={what} data-grave={grave || undefined}>
          {what}
          {way_out ? <span className={styles.wayOut}>{way_out}</span> : null}
        </li>
      ))}
    </ul>
  );
}
