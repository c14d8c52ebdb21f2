import { Anchor, Table, Text } from "@mantine/core";
import { useState } from "react";

import { ago, moment } from "@/lib/time";
import { words } from "@/strings";

import type { Worker } from "./queries";
import styles from "./Workers.module.css";

const said = words.system.workers;

/** The processes that use the library: those at work at once, those that have ended when asked for. */
export function Workers({ workers }: { workers: readonly Worker[] }) {
  const [past, setPast] = useState(false);
  const shown = workers.filter(({ state }) => state !== "gone");
  const ended = workers.filter(({ state }) => state === "gone");
  return (
    <>
      {shown.length ? (
        <Rows workers={past ? [...shown, ...ended] : shown} />
      ) : (
        <Text size="sm" c="var(--warn)">
          {said.none}
        </Text>
      )}
      {!shown.length && past ? <Rows workers={ended} /> : null}
      {ended.length ? (
        <Anchor
          component="button"
          type="button"
          size="sm"
          mt="xs"
          aria-expanded={past}
          onClick={() => setPast(!past)}
        >
          {said.past(ended.length)}
        </Anchor>
      ) : null}
    </>
  );
}

function Rows({ workers }: { workers: readonly Worker[] }) {
  const states: Readonly<Record<string, string>> = said.states;
  const roles: Readonly<Record<string, string>> = said.roleNames;
  return (
    <Table.ScrollContainer
      minWidth={560}
      scrollAreaProps={{ viewportProps: { tabIndex: 0, role: "region", "aria-label": said.title } }}
    >
      <Table verticalSpacing={4} fz="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{said.host}</Table.Th>
            <Table.Th>{said.state}</Table.Th>
            <Table.Th>{said.roles}</Table.Th>
            <Table.Th>{said.since}</Table.Th>
            <Table.Th>{said.seen}</Table.Th>
            <Table.Th>{said.version}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {workers.map((worker) => (
            <Table.Tr key={worker.id}>
              <Table.Td title={worker.id}>
                {worker.host}, {worker.pid}
              </Table.Td>
              <Table.Td>
                <span className={styles.state} data-state={worker.state}>
                  {states[worker.state] ?? worker.state}
                </span>
              </Table.Td>
              <Table.Td>{worker.roles.map((role) => roles[role] ?? role).join(", ")}</Table.Td>
              <Table.Td>{moment(worker.started_at)}</Table.Td>
              <Table.Td>{worker.state === "alive" ? said.now : ago(worker.seen_at)}</Table.Td>
              <Table.Td>{worker.version}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
