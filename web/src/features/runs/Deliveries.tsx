/** Messages to the run's webhook: each try, and sending one again. */
import { Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { answer, api, every, type Schemas } from "@/api/client";
import { moment } from "@/lib/time";
import { words } from "@/strings";
import { Failure } from "@/ui/Failure";
import { StatusChip } from "@/ui/StatusChip";
import { done, failed } from "@/ui/toast";
import { useLate } from "@/ui/useLate";

import { Fold } from "./Fold";
import type { Detail } from "./queries";

const say = words.runs.page;
const AGAIN_MS = 3000;

export function Deliveries({ run }: { run: Detail }) {
  return <Fold title={say.deliveries}>{() => <Listed run={run} />}</Fold>;
}

function Listed({ run }: { run: Detail }) {
  const query = useQuery({
    queryKey: ["deliveries", run.id, run.state],
    queryFn: () =>
      answer(api.GET("/api/v1/runs/{run}/deliveries", { params: { path: { run: run.id } } })),
    // Nothing tells of a message that is on its way.
    refetchInterval: ({ state }) =>
      state.data?.items.some((one) => one.state === "waiting") ? every(AGAIN_MS) : false,
  });
  const late = useLate(query.isPending);
  if (query.isPending)
    return late ? <Skeleton h={60} role="status" aria-label={words.common.loading} /> : null;
  if (!query.data) return <Failure error={query.error} retry={() => void query.refetch()} />;
  if (query.data.items.length === 0) {
    return (
      <Text fz="sm" c="dimmed">
        {say.noDeliveries}
      </Text>
    );
  }
  return (
    <Stack gap="sm">
      {query.data.items.map((one) => (
        <Message key={one.id} run={run.id} message={one} />
      ))}
    </Stack>
  );
}

function Message({ run, message }: { run: string; message: Schemas["DeliveryDocument"] }) {
  const queries = useQueryClient();
  const again = useMutation({
    mutationFn: () =>
      answer(
        api.POST("/api/v1/runs/{run}/deliveries/{delivery}/again", {
          params: { path: { run, delivery: message.id } },
        }),
      ),
    onSuccess: () => done(say.sentAgain),
    onError: failed,
    onSettled: () => queries.invalidateQueries({ queryKey: ["deliveries", run] }),
  });
  const last = message.tries.at(-1);
  return (
    <Group justify="space-between" gap="sm" wrap="wrap">
      <div>
        <Group gap="xs">
          <StatusChip state={say.deliver[message.state]} />
          <Text fz="sm">{message.event}</Text>
          <Text fz="sm" c="dimmed">
            {say.tries(message.attempts)}
          </Text>
          {message.next_at ? (
            <Text fz="sm" c="dimmed">
              {say.nextTry(moment(message.next_at))}
            </Text>
          ) : null}
        </Group>
        <Text fz="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {message.url}
        </Text>
        {last ? (
          <Text fz="xs" c="dimmed">
            {moment(last.at)} {say.reply(last.status, last.said)}
          </Text>
        ) : null}
      </div>
      <Button
        size="compact-sm"
        variant="default"
        loading={again.isPending}
        onClick={() => again.mutate()}
      >
        {say.sendAgain}
      </Button>
    </Group>
  );
}
