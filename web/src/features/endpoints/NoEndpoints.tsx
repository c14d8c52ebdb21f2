import { Anchor, Stack, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { words } from "@/strings";

import { FindServers } from "./FindServers";
import styles from "./NoEndpoints.module.css";

const said = words.endpoints.empty;

/** What an endpoint is, where one is to be had, and what works without. */
export function NoEndpoints({ isAdmin, icon }: { isAdmin: boolean; icon: ReactNode }) {
  return (
    <div className={styles.empty}>
      <Stack gap="sm" align="flex-start">
        {icon}
        <Title order={2} size="h4">
          {said.title}
        </Title>
        <Text c="dimmed">{said.text}</Text>
        {isAdmin ? (
          <FindServers endpoints={[]} heading="h3" />
        ) : (
          <Text size="sm">{words.endpoints.needs.admin}</Text>
        )}
        <Text size="sm" c="dimmed">
          {said.pixels}
        </Text>
        <Link to="/welcome">{words.welcome.open}</Link>
      </Stack>
      <Ways />
    </div>
  );
}

/** Where a model server is to be had. */
export function Ways({ heading = 2 }: { heading?: 2 | 3 }) {
  return (
    <section>
      <Title order={heading} size="h6" mb={4}>
        {said.get}
      </Title>
      <ul className={styles.ways}>
        {said.ways.map(({ name, url, text }) => (
          <li key={name}>
            <Anchor href={url} target="_blank" rel="noreferrer" size="sm" fw={600}>
              {name}
            </Anchor>
            <Text size="sm" c="dimmed">
              {text}
            </Text>
          </li>
        ))}
      </ul>
    </section>
  );
}
