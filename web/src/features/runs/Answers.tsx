/** What was asked and answered, one by one, in the order in which the run heard it. */
import { Skeleton, Table, Text } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { answer, api, type Schemas } from "@/api/client";
import { timecode } from "@/lib/time";
import { words } from "@/strings";
import { Failure } from "@/ui/Failure";
import { useLate } from "@/ui/useLate";

import { Fold } from "./Fold";
import { Pager } from "./Pager";
import type { Detail } from "./queries";
import styles from "./runs.module.css";

const say = words.runs.page;
const PAGE = 50;

export function Answers({ run }: { run: Detail }) {
  return <Fold title={say.answers}>{() => <Paged run={run} />}</Fold>;
}

function Paged({ run }: { run: Detail }) {
  const [offset, setOffset] = useState(0);
  const query = useQuery({
    queryKey: ["answers", run.id, run.state, offset],
    queryFn: () =>
      answer(
        api.GET("/api/v1/runs/{run}/answers", {
          params: { path: { run: run.id }, query: { offset, limit: PAGE } },
        }),
      ),
    placeholderData: keepPreviousData,
  });
  const late = useLate(query.isPending);
  if (query.isPending)
    return late ? <Skeleton h={200} role="status" aria-label={words.common.loading} /> : null;
  if (!query.data) return <Failure error={query.error} retry={() => void query.refetch()} />;
  if (query.data.total === 0) return <Text fz="sm">{say.noAnswers}</Text>;
  return (
    <>
      <Listed run={run.id} answers={query.data.items} />
      <Pager offset={offset} page={PAGE} total={query.data.total} onOffset={setOffset} />
    </>
  );
}

function Listed({ run, answers }: { run: string; answers: readonly Schemas["AnswerView"][] }) {
  const head = say.answerColumns;
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label={say.answers}>
      <Table fz="sm" verticalSpacing={4}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{head.time}</Table.Th>
            <Table.Th>{head.question}</Table.Th>
            <Table.Th>{head.answer}</Table.Th>
            <Table.Th>{head.by}</Table.Th>
            <Table.Th className={styles.number}>{head.latency}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {answers.map((one, place) => (
            <Table.Tr key={place}>
              <Table.Td>
                <Link
                  to="/media/$id"
                  params={{ id: one.media }}
                  search={{ run, t: one.times[0] ?? 0 }}
                >
                  {timecode(one.times[0] ?? 0)}
                </Link>
              </Table.Td>
              <Table.Td className={styles.raw}>{one.question}</Table.Td>
              <Table.Td className={styles.raw} title={one.raw}>
                {said(one)}
                {one.shared ? (
                  <Text fz="xs" c="dimmed">
                    {say.shared}
                  </Text>
                ) : null}
              </Table.Td>
              <Table.Td>
                {one.endpoint}
                <Text fz="xs" c="dimmed">
                  {one.model}
                </Text>
              </Table.Td>
              <Table.Td className={styles.number}>
                {typeof one.latency_s === "number" ? `${one.latency_s.toFixed(2)} s` : ""}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

/** The answer, or why there is none; never one for the other. */
function said(one: Schemas["AnswerView"]): string {
  const reasons: Readonly<Record<string, string>> = words.common.unknown;
  if (one.unknown) {
    const reason = reasons[one.unknown] ?? one.unknown;
    return one.detail ? `${reason}: ${one.detail}` : reason;
  }
  if (typeof one.presence === "number") return one.presence.toFixed(3);
  return one.text ?? "";
}
