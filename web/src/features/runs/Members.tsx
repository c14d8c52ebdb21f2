/** The videos of a run, and how each stands. */
import { Skeleton, Table, Text } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { answer, api, type Schemas } from "@/api/client";
import { keys } from "@/api/keys";
import { count } from "@/lib/numbers";
import { sentence } from "@/lib/text";
import { words } from "@/strings";
import { Failure } from "@/ui/Failure";
import { StatusChip } from "@/ui/StatusChip";
import { useLate } from "@/ui/useLate";

import { Pager } from "./Pager";
import type { Detail } from "./queries";
import styles from "./runs.module.css";

const say = words.runs.page;
const PAGE = 50;
const HEAD_PX = 29;
const ROW_PX = 32;

export function useMembers(run: Detail, offset: number) {
  return useQuery({
    queryKey: [...keys.members(run.id), offset],
    queryFn: () =>
      answer(
        api.GET("/api/v1/runs/{run}/members", {
          params: { path: { run: run.id }, query: { offset, limit: PAGE } },
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

export function Members({ run }: { run: Detail }) {
  const [offset, setOffset] = useState(0);
  const query = useMembers(run, offset);
  const late = useLate(query.isPending);
  return (
    <section className={styles.section}>
      <h2>{say.members}</h2>
      {query.data ? (
        <>
          <Listed run={run.id} members={query.data.items} />
          <Pager offset={offset} page={PAGE} total={query.data.total} onOffset={setOffset} />
        </>
      ) : query.error ? (
        <Failure error={query.error} retry={() => void query.refetch()} />
      ) : (
        // As high as the list will be: what lies below does not move when it comes.
        <div style={{ minHeight: HEAD_PX + Math.min(run.members, PAGE) * ROW_PX }}>
          {late ? <Skeleton h={64} role="status" aria-label={words.common.loading} /> : null}
        </div>
      )}
    </section>
  );
}

function Listed({ run, members }: { run: string; members: readonly Schemas["MemberView"][] }) {
  if (members.length === 0) return <Text fz="sm">{say.noMembers}</Text>;
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label={say.members}>
      <Table fz="sm" verticalSpacing={4}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{say.member.title}</Table.Th>
            <Table.Th>{say.member.state}</Table.Th>
            <Table.Th>{say.member.answers}</Table.Th>
            <Table.Th className={styles.number}>{say.member.failed}</Table.Th>
            <Table.Th>{say.member.note}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {members.map((member) => (
            <Table.Tr key={member.ordinal}>
              <Table.Td>
                {member.media ? (
                  <Link to="/media/$id" params={{ id: member.media }} search={{ run }}>
                    {member.title}
                  </Link>
                ) : (
                  member.title
                )}
              </Table.Td>
              <Table.Td>
                <StatusChip state={member.state} />
              </Table.Td>
              <Table.Td>{answered(member.counts)}</Table.Td>
              <Table.Td className={styles.number}>{count(member.counts.failed ?? 0)}</Table.Td>
              <Table.Td className={styles.raw}>{sentence(member.note)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

/** Empty before it has ended: then the counts are told. */
function answered(counts: Readonly<Record<string, number>>): string {
  if (counts.answered === undefined) return "";
  return say.memberAnswers(counts.answered, counts.reused ?? 0, counts.shared ?? 0);
}
