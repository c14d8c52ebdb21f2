import { Button, Group, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { EndpointForm } from "@/features/endpoints/EndpointForm";
import { FindServers } from "@/features/endpoints/FindServers";
import type { Endpoint } from "@/features/endpoints/model";
import { Ways } from "@/features/endpoints/NoEndpoints";
import { words } from "@/strings";

const said = words.welcome.model;

/** The ways to a model, and the way without. */
export function ModelStep(props: {
  endpoints: readonly Endpoint[];
  isAdmin: boolean;
  withoutModel: boolean;
  goWithout: () => void;
}) {
  const { endpoints, isAdmin } = props;
  const [byHand, setByHand] = useState(false);
  return (
    <>
      <Text size="sm">{said.text}</Text>
      {isAdmin ? (
        <>
          <FindServers endpoints={endpoints} atOnce heading="h3" />
          <Group gap="xs">
            <Button variant="default" onClick={() => setByHand(true)}>
              {said.byHand}
            </Button>
            {endpoints.length || props.withoutModel ? null : (
              <Button variant="subtle" onClick={props.goWithout}>
                {said.without}
              </Button>
            )}
          </Group>
        </>
      ) : (
        <>
          <Text size="sm" c="dimmed">
            {said.refused}
          </Text>
          {endpoints.length || props.withoutModel ? null : (
            <Group>
              <Button variant="default" onClick={props.goWithout}>
                {said.without}
              </Button>
            </Group>
          )}
        </>
      )}
      {endpoints.length ? null : (
        <>
          <Text size="sm" c="dimmed">
            {said.withoutText}
          </Text>
          <Ways heading={3} />
        </>
      )}
      {byHand ? (
        <EndpointForm taken={endpoints.map(({ name }) => name)} close={() => setByHand(false)} />
      ) : null}
    </>
  );
}

/** What the step came to. */
export function ModelOutcome({ endpoints }: { endpoints: readonly Endpoint[] }) {
  if (!endpoints.length) return said.chosenWithout;
  const names = endpoints.map(({ name, model }) => (model ? `${name} (${model})` : name));
  const resting = endpoints.filter(({ state }) => state !== "up");
  return (
    <>
      {said.attached(names.join(", "))}{" "}
      <Link to="/endpoints">{words.welcome.model.toEndpoints}</Link>
      {resting.length ? (
        <Text size="sm" c="var(--warn)">
          {said.notUp(resting.map(({ name }) => name).join(", "))}
        </Text>
      ) : (
        <Text size="sm" c="dimmed">
          {endpoints.some(({ profile }) => profile) ? null : said.measure}
        </Text>
      )}
    </>
  );
}
