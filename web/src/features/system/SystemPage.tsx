/** How the installation is: whether it works, what it holds, who works, what went wrong of late. */
import { Anchor, Button, Skeleton, Text } from "@mantine/core";
import { IconExternalLink } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";

import { useScope } from "@/api/session";
import { bytes, count } from "@/lib/numbers";
import { moment } from "@/lib/time";
import { words } from "@/strings";
import { Failure } from "@/ui/Failure";
import { Page } from "@/ui/Page";
import { useLate } from "@/ui/useLate";

import { type System, useHealth, useSystem } from "./queries";
import styles from "./SystemPage.module.css";
import { Tokens } from "./Tokens";
import { Workers } from "./Workers";

const said = words.system;

export function SystemPage() {
  const system = useSystem();
  const late = useLate(system.isPending);
  const { isAdmin } = useScope();
  return (
    <Page
      title={said.title}
      actions={
        <Anchor href="/api/docs" target="_blank" rel="noreferrer" size="sm">
          {said.api} <IconExternalLink size={14} aria-hidden />
        </Anchor>
      }
    >
      {system.isError && !system.data ? (
        <Failure error={system.error} retry={() => void system.refetch()} />
      ) : system.data ? (
        <div className={styles.panels}>
          <Health system={system.data} />
          <Disk system={system.data} />
          <Counts system={system.data} />
          <Wide title={said.workers.title}>
            <Workers workers={system.data.workers} />
          </Wide>
          <Wide title={said.troubles.title}>
            <Troubles troubles={system.data.troubles} />
          </Wide>
          <Wide title={said.tokens.title}>
            <Tokens isAdmin={isAdmin} />
          </Wide>
        </div>
      ) : late ? (
        <div className={styles.panels} role="status" aria-busy aria-label={words.common.loading}>
          {[0, 1, 2].map((place) => (
            <Skeleton key={place} h={190} />
          ))}
        </div>
      ) : null}
    </Page>
  );
}

function Panel(props: { title: string; children: ReactNode }) {
  return (
    <section className={styles.panel}>
      <h2>{props.title}</h2>
      {props.children}
    </section>
  );
}

function Wide(props: { title: string; children: ReactNode }) {
  return (
    <section className={`${styles.panel} ${styles.wide}`}>
      <h2>{props.title}</h2>
      {props.children}
    </section>
  );
}

function Facts({ facts }: { facts: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className={styles.facts}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Health({ system }: { system: System }) {
  const health = useHealth();
  const status = health.data?.status ?? "ok";
  const kinds: Readonly<Record<string, string>> = said.database.kinds;
  const parts = Object.entries(system.parts).map(([name, version]) => `${name} ${version}`);
  return (
    <Panel title={said.health.version(system.version)}>
      <Text size="sm" className={styles.health ?? ""} data-status={status} role="status">
        {status === "ok" ? said.health.ok : said.health.degraded}
      </Text>
      <Facts
        facts={[
          [
            said.database.title,
            `${kinds[system.database.kind] ?? system.database.kind}, ${bytes(system.database.bytes)}`,
          ],
          ["", <code key="where">{system.database.where}</code>],
          [said.runsOn, `${said.python(system.python)}, ${system.platform}`],
          [said.parts, parts.join(", ")],
        ]}
      />
    </Panel>
  );
}

/** Below this share of free space, or this much of it, there is something to do. */
const LOW_SHARE = 0.05;
const LOW_BYTES = 5e9;

function Disk({ system }: { system: System }) {
  const { free_bytes: free, total_bytes: total } = system.disk;
  const used = total ? 1 - free / total : 0;
  const label = said.disk.label(bytes(free), bytes(total));
  const low = free < LOW_BYTES || free < total * LOW_SHARE;
  const names: Readonly<Record<string, string>> = said.disk.names;
  const usage = Object.entries(system.usage_bytes)
    .filter(([name, size]) => size > 0 || name in names)
    .sort(([, one], [, other]) => other - one);
  return (
    <Panel title={said.disk.title}>
      <div className={styles.disk} role="img" aria-label={label} data-low={low || undefined}>
        <i style={{ width: `${(used * 100).toFixed(1)}%` }} />
      </div>
      <Text size="sm">{label}</Text>
      {low ? (
        <Text size="sm" c="var(--warn)">
          {said.disk.low}
        </Text>
      ) : null}
      <Facts
        facts={[
          [said.disk.folder, <code key="folder">{system.data_dir}</code>],
          ...usage.map(([name, size]) => [names[name] ?? name, bytes(size)] as const),
        ]}
      />
    </Panel>
  );
}

function Counts({ system }: { system: System }) {
  const names: Readonly<Record<string, string>> = said.counts.names;
  return (
    <Panel title={said.counts.title}>
      <Facts
        facts={[
          ...Object.entries(system.counts).map(
            ([name, number]) => [names[name] ?? name, count(number)] as const,
          ),
          [said.gpus.title, system.gpus.length ? system.gpus.join(", ") : said.gpus.none],
        ]}
      />
    </Panel>
  );
}

const FIRST = 8;

function Troubles({ troubles }: { troubles: System["troubles"] }) {
  const [all, setAll] = useState(false);
  const levels: Readonly<Record<string, string>> = said.troubles.levels;
  if (!troubles.length) {
    return (
      <Text size="sm" c="dimmed">
        {said.troubles.none}
      </Text>
    );
  }
  return (
    <>
      <ul className={styles.troubles}>
        {troubles.slice(0, all ? troubles.length : FIRST).map(({ at, level, text }, place) => (
          <li key={`${at} ${place}`} data-level={level}>
            <span className={styles.when}>
              <b>{levels[level] ?? level}</b> {moment(at)}
            </span>
            <span className={styles.text}>{text}</span>
          </li>
        ))}
      </ul>
      {!all && troubles.length > FIRST ? (
        <Button size="compact-sm" variant="default" mt="xs" onClick={() => setAll(true)}>
          {said.troubles.more(troubles.length)}
        </Button>
      ) : null}
    </>
  );
}
