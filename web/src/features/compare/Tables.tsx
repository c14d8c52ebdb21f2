/** The figures: how far two runs agree, and what each took. */
import { Table, Text } from "@mantine/core";

import { count, percent } from "@/lib/numbers";
import { words } from "@/strings";

import styles from "./compare.module.css";
import type { Agreement, Took } from "./model";

const say = words.compare;

export function AgreementTable({ agreements }: { agreements: readonly Agreement[] }) {
  const { column } = say;
  const [all, ...each] = agreements;
  if (!all || each.length === 0) return null;
  return (
    <section className={styles.section}>
      <h2>{say.agreement}</h2>
      <Text fz="sm" c="dimmed" mb="xs">
        {all.both || all.unknown ? say.agreementHint : say.noneInCommon}
      </Text>
      <div className={styles.scroll} tabIndex={0} role="region" aria-label={say.agreement}>
        <Table fz="sm" verticalSpacing={4}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{column.tag}</Table.Th>
              {[
                column.both,
                column.agree,
                column.disagree,
                column.difference,
                column.onlyA,
                column.onlyB,
                column.unknown,
              ].map((name) => (
                <Table.Th key={name} className={styles.number}>
                  {name}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {(each.length > 1 ? [all, ...each] : each).map((one) => (
              <Table.Tr key={one.tag ?? ""} fw={one.tag === null ? 600 : 400}>
                <Table.Td>{one.tag ?? say.all}</Table.Td>
                <Table.Td className={styles.number}>{count(one.both)}</Table.Td>
                <Table.Td className={styles.number}>
                  {one.both ? say.agreeShare(one.agree, percent(one.agree / one.both)) : ""}
                </Table.Td>
                <Table.Td className={styles.number}>{one.both ? count(one.disagree) : ""}</Table.Td>
                <Table.Td className={styles.number}>{one.difference?.toFixed(3) ?? ""}</Table.Td>
                <Table.Td className={styles.number}>{count(one.onlyA)}</Table.Td>
                <Table.Td className={styles.number}>{count(one.onlyB)}</Table.Td>
                <Table.Td className={styles.number}>{count(one.unknown)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </section>
  );
}

export function TookTable({ sides }: { sides: readonly { side: string; took: Took }[] }) {
  const head = say.took;
  return (
    <section className={styles.section}>
      <h2>{say.sides}</h2>
      <div className={styles.scroll} tabIndex={0} role="region" aria-label={say.sides}>
        <Table fz="sm" verticalSpacing={4}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{head.side}</Table.Th>
              <Table.Th>{head.models}</Table.Th>
              <Table.Th>{head.endpoints}</Table.Th>
              <Table.Th className={styles.number}>{head.answers}</Table.Th>
              <Table.Th className={styles.number}>{head.p50}</Table.Th>
              <Table.Th className={styles.number}>{head.tokens}</Table.Th>
              <Table.Th className={styles.number}>{head.cost}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {sides.map(({ side, took }) => (
              <Table.Tr key={side}>
                <Table.Td>{side}</Table.Td>
                <Table.Td>{took.models.join(", ")}</Table.Td>
                <Table.Td>{took.endpoints.join(", ")}</Table.Td>
                <Table.Td className={styles.number}>{count(took.answers)}</Table.Td>
                <Table.Td className={styles.number}>
                  {took.latencyS === null ? "" : say.latency(took.latencyS)}
                </Table.Td>
                <Table.Td className={styles.number}>
                  {say.tokens(took.tokensIn, took.tokensOut)}
                </Table.Td>
                <Table.Td className={styles.number}>{say.costs(took.cost)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      <Text fz="xs" c="dimmed" mt={4}>
        {say.costHint}
      </Text>
    </section>
  );
}
