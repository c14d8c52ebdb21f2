/** Model servers of this machine with their models; one click adds one. */
import { Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import { IconEye, IconEyeOff, IconQuestionMark } from "@tabler/icons-react";
import { useState } from "react";

import { words } from "@/strings";
import { Failure } from "@/ui/Failure";
import { done } from "@/ui/toast";
import { useLate } from "@/ui/useLate";

import { EndpointForm } from "./EndpointForm";
import styles from "./FindServers.module.css";
import { type Endpoint, freeName, sameServer } from "./model";
import { type Discovered, useAdd, useDiscovery } from "./queries";

const said = words.endpoints.found;

export function FindServers(props: {
  endpoints: readonly Endpoint[];
  /** Looks by itself, at once. */
  atOnce?: boolean;
  /** How its headings begin. */
  heading: "h2" | "h3";
}) {
  const [wanted, setWanted] = useState(props.atOnce ?? false);
  const found = useDiscovery(wanted);
  const late = useLate(found.isFetching && !found.data);
  if (!wanted) {
    return (
      <Button variant="default" onClick={() => setWanted(true)}>
        {words.endpoints.find}
      </Button>
    );
  }
  if (found.isError) return <Failure error={found.error} retry={() => void found.refetch()} />;
  if (!found.data) {
    return (
      <div className={styles.waiting} role="status">
        {late ? (
          <>
            <Text size="sm" c="dimmed">
              {words.endpoints.finding}
            </Text>
            <Skeleton h={56} mt={6} />
          </>
        ) : null}
      </div>
    );
  }
  const again = (
    <Button
      size="compact-sm"
      variant="default"
      loading={found.isFetching}
      onClick={() => void found.refetch()}
    >
      {said.again}
    </Button>
  );
  if (!found.data.items.length) {
    return (
      <Stack gap={6} align="flex-start" role="status">
        <Text size="sm">{said.none}</Text>
        <Text size="sm" c="dimmed">
          {said.noneWay}
        </Text>
        {again}
      </Stack>
    );
  }
  const Heading = props.heading;
  return (
    <section className={styles.found} aria-label={said.title}>
      <Group justify="space-between">
        <Heading className={styles.title}>{said.title}</Heading>
        {again}
      </Group>
      {found.data.items.map((server) => (
        <Server key={server.url} server={server} endpoints={props.endpoints} />
      ))}
    </section>
  );
}

function Server({ server, endpoints }: { server: Discovered; endpoints: readonly Endpoint[] }) {
  const add = useAdd();
  const [byHand, setByHand] = useState(false);
  const taken = endpoints.map(({ name }) => name);
  const here = endpoints.filter(({ url }) => sameServer(url, server.url));
  const put = (model?: string) => {
    const name = freeName(server.name, taken);
    add.mutate(
      { name, url: server.url, ...(model ? { model } : {}) },
      { onSuccess: () => done(said.done(name)) },
    );
  };
  return (
    <div className={styles.server}>
      <Group justify="space-between" gap="xs">
        <div>
          <span className={styles.kind}>{server.kind}</span>
          <span className={styles.url}>{server.url}</span>
        </div>
        {here.length ? (
          <Text size="xs" c="var(--good)">
            {here.map(({ name }) => said.added(name)).join(", ")}
          </Text>
        ) : null}
      </Group>
      {server.problem ? (
        <Text size="sm" c="var(--warn)">
          {server.problem}
        </Text>
      ) : null}
      {add.isError ? (
        <Text size="sm" c="var(--bad)" role="alert">
          {add.error.message}
        </Text>
      ) : null}
      {server.models.length ? (
        <ul className={styles.models}>
          {server.models.map((model) => (
            <li key={model.name}>
              <Sight vision={model.vision} />
              <span className={styles.model}>{model.name}</span>
              {model.loaded ? <span className={styles.loaded}>{said.loaded}</span> : null}
              <Button
                size="compact-sm"
                variant={model.vision ? "filled" : "default"}
                disabled={model.vision === false || add.isPending}
                aria-label={said.addModel(model.name)}
                onClick={() => put(model.name)}
              >
                {said.add}
              </Button>
            </li>
          ))}
        </ul>
      ) : server.problem ? (
        <Button size="compact-sm" variant="default" mt={4} onClick={() => setByHand(true)}>
          {said.addByHand}
        </Button>
      ) : (
        <Group gap="sm">
          <Text size="sm" c="dimmed">
            {said.noModels}
          </Text>
          <Button size="compact-sm" variant="default" onClick={() => put()}>
            {said.addServer}
          </Button>
        </Group>
      )}
      {byHand ? (
        <EndpointForm
          url={server.url}
          name={freeName(server.name, taken)}
          taken={taken}
          close={() => setByHand(false)}
        />
      ) : null}
    </div>
  );
}

function Sight({ vision }: { vision: boolean | null }) {
  const [Icon, text] =
    vision === null
      ? [IconQuestionMark, said.unsaid]
      : vision
        ? [IconEye, said.sees]
        : [IconEyeOff, said.blind];
  return (
    <span className={styles.sight} data-sees={vision ?? "unsaid"}>
      <Icon size={15} aria-hidden /> {text}
    </span>
  );
}
