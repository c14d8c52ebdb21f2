import { Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

/** What is said in place of content: an empty state, or that something is not there. */
export function Notice(props: {
  title: string;
  text?: string;
  icon?: ReactNode;
  children?: ReactNode;
  /** It is all that the page shows, so its title is the page's. */
  alone?: boolean;
}) {
  return (
    <Stack align="center" gap="sm" py="15vh" px="md" ta="center">
      {props.icon}
      <Title order={props.alone ? 1 : 2} size="h3">
        {props.title}
      </Title>
      {props.text ? (
        <Text c="dimmed" maw={520}>
          {props.text}
        </Text>
      ) : null}
      {props.children}
    </Stack>
  );
}
