import { Button, Group, List, Modal, Progress, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { words } from "@/strings";
import { done } from "@/ui/toast";

import type { Selection } from "./selection";

const said = words.library.erase;
const MOST_TOLD = 8;

type Phase =
  | { kind: "asking" }
  | { kind: "going"; erased: number }
  | { kind: "failed"; failures: readonly { title: string; why: string }[]; many: number };

/** Asks before anything is erased, and says what goes and what stays. */
export default function EraseDialog(props: {
  selection: Selection;
  onErased: (ids: string[]) => void;
  close: () => void;
}) {
  const queries = useQueryClient();
  // What is erased leaves the selection: what was asked about is kept.
  const [asked] = useState(() => [...props.selection]);
  const [phase, setPhase] = useState<Phase>({ kind: "asking" });
  const many = asked.length;

  const erase = async () => {
    const erased: string[] = [];
    const failures: { title: string; why: string }[] = [];
    for (const [id, title] of asked) {
      setPhase({ kind: "going", erased: erased.length });
      try {
        await answer(api.DELETE("/api/v1/media/{id}", { params: { path: { id } } }));
        erased.push(id);
      } catch (error) {
        failures.push({ title, why: error instanceof Error ? error.message : String(error) });
      }
    }
    props.onErased(erased);
    void queries.invalidateQueries({ queryKey: keys.media });
    if (erased.length) done(said.done(erased.length));
    if (failures.length) setPhase({ kind: "failed", failures, many });
    else props.close();
  };

  return (
    <Modal
      opened
      onClose={phase.kind === "going" ? () => undefined : props.close}
      title={said.title(many, asked[0]?.[1] ?? "")}
      closeButtonProps={{ "aria-label": words.common.close }}
    >
      {phase.kind === "failed" ? (
        <Stack gap="sm">
          <Text size="sm">{said.partly(phase.failures.length, phase.many)}</Text>
          <List size="sm">
            {phase.failures.slice(0, MOST_TOLD).map(({ title, why }) => (
              <List.Item key={title + why}>{said.failed(title, why)}</List.Item>
            ))}
          </List>
          {phase.failures.length > MOST_TOLD ? (
            <Text size="sm">{said.failedMore(phase.failures.length - MOST_TOLD)}</Text>
          ) : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={props.close}>
              {words.common.close}
            </Button>
          </Group>
        </Stack>
      ) : (
        <Stack gap="sm">
          <Text size="sm">{said.goes}</Text>
          <Text size="sm">{said.stays}</Text>
          {phase.kind === "going" ? (
            <Stack gap={4} role="status">
              <Progress
                value={(phase.erased / many) * 100}
                aria-label={said.going(phase.erased, many)}
              />
              <Text size="sm" c="dimmed">
                {said.going(phase.erased, many)}
              </Text>
            </Stack>
          ) : (
            <Group justify="flex-end" gap="xs">
              <Button variant="default" data-autofocus onClick={props.close}>
                {words.common.cancel}
              </Button>
              <Button color="red" onClick={() => void erase()}>
                {said.confirm(many)}
              </Button>
            </Group>
          )}
        </Stack>
      )}
    </Modal>
  );
}
