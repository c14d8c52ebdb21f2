/** Who was asked how much of it, how that went, and why calls failed. */
import { Alert, Skeleton, Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { answer, api, every } from "@/api/client";
import { cost, count, percent } from "@/lib/numbers";
import { words } from "@/strings";
import { Failure } from "@/ui/Failure";
import { useLate } from "@/ui/useLate";

import { Bar } from "./Bar";
import { goesOn } from "./model";
import type { Detail } from "./queries";
import styles from "./runs.module.css";
import { type Reason, reasonsOf, type Use, usesOf } from "./uses";

const say = words.runs.page;
/** Accounting of more videos is not fetched at once. */
const MOST = 100;
const AGAIN_MS = 5000;
const ONE_ROW_PX = 84;

export function Shares({ run }: { run: Detail }) {
  const query = useQuery({
    // Not in the room of the runs: it is large, and told anew by each event would be too often.
    queryKey: ["results", run.id, run.state, run.ended_at ?? ""],
    queryFn: () =>
      answer(
        api.GET("/api/v1/runs/{run}/results", {
          params: { path: { run: run.id }, query: { limit: MOST } },
        }),
      ),
    refetchInterval: () => (goesOn(run) ? every(AGAIN_MS) : false),
  });
  const late = useLate(query.isPending);
  if (query.isPending) {
    return (
      <section className={styles.section}>
        <h2>{say.endpoints}</h2>
        {/* As high as one row will be: what lies below does not move when it comes. */}
        <div style={{ minHeight: ONE_ROW_PX }}>
          {late ? <Skeleton h={64} role="status" aria-label={words.common.loading} /> : null}
        </div>
      </section>
    );
  }
  if (!query.data) return <Failure error={query.error} retry={() => void query.refetch()} />;
  const { items, total } = query.data;
  const uses = usesOf(items.map((item) => item.result));
  const reasons = reasonsOf(uses);
  return (
    <>
      {reasons.length || run.progress.failed ? <Reasons reasons={reasons} run={run} /> : null}
      <section className={styles.section}>
        <h2>{say.endpoints}</h2>
        {uses.length ? <Uses uses={uses} /> : <Text fz="sm">{say.noUse}</Text>}
        {total > items.length ? (
          <Text fz="sm" c="dimmed">
            {say.partial(items.length, total)}
          </Text>
        ) : null}
      </section>
    </>
  );
}

function Reasons({ reasons, run }: { reasons: readonly Reason[]; run: Detail }) {
  const { failed } = run.progress;
  const healed = failed === 0 && run.state === "complete";
  return (
    <section className={styles.section}>
      <h2>{healed ? say.healed : say.reasons}</h2>
      <Stack gap="xs">
        {failed ? (
          <Alert color="red" variant="light" p="xs" title={words.runs.left(failed)}>
            <Text fz="sm" style={{ whiteSpace: "pre-line" }}>
              {run.note}
            </Text>
            {run.note.includes("budget") ? <Text fz="sm">{say.budgetWay}</Text> : null}
          </Alert>
        ) : null}
        {healed && reasons.length ? (
          <Text fz="sm" c="dimmed">
            {words.runs.failuresHealed}
          </Text>
        ) : null}
        {reasons.map((reason) => (
          <Text key={reason.key} fz="sm">
            {reason.what} {healed ? "" : reason.way}{" "}
            <Link to="/endpoints">{words.runs.seeEndpoints}</Link>
          </Text>
        ))}
      </Stack>
    </section>
  );
}

function Uses({ uses }: { uses: readonly Use[] }) {
  const { use: head } = say;
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label={say.endpoints}>
      <Table fz="sm" verticalSpacing={4}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{head.endpoint}</Table.Th>
            <Table.Th miw={120}>{head.share}</Table.Th>
            <Table.Th className={styles.number}>{head.calls}</Table.Th>
            <Table.Th className={styles.number}>{head.retries}</Table.Th>
            <Table.Th className={styles.number}>{head.failures}</Table.Th>
            <Table.Th className={styles.number}>{head.p50}</Table.Th>
            <Table.Th className={styles.number}>{head.utilisation}</Table.Th>
            <Table.Th className={styles.number}>{head.tokens}</Table.Th>
            <Table.Th className={styles.number}>{head.cost}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {uses.map((use) => (
            <Row key={`${use.endpoint} ${use.model}`} use={use} />
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function Row({ use }: { use: Use }) {
  const failures = Object.values(use.failures).reduce((sum, calls) => sum + calls, 0);
  return (
    <Table.Tr>
      <Table.Td>
        {use.endpoint}
        <Text fz="xs" c="dimmed">
          {use.model}
        </Text>
      </Table.Td>
      <Table.Td>
        <Bar share={use.share} label={`${say.use.share}: ${use.endpoint}`} />
        <Text fz="xs" c="dimmed">
          {percent(use.share)}
        </Text>
      </Table.Td>
      <Table.Td className={styles.number}>{count(use.calls)}</Table.Td>
      <Table.Td className={styles.number}>{count(use.retries)}</Table.Td>
      <Table.Td className={styles.number}>{count(failures)}</Table.Td>
      <Table.Td className={styles.number}>
        {use.p50S === null ? "" : `${use.p50S.toFixed(2)} s`}
      </Table.Td>
      <Table.Td className={styles.number}>
        {use.utilisation === null ? "" : percent(use.utilisation)}
      </Table.Td>
      <Table.Td className={styles.number}>{say.tokens(use.tokensIn, use.tokensOut)}</Table.Td>
      <Table.Td className={styles.number}>{cost(use.cost)}</Table.Td>
    </Table.Tr>
  );
}
