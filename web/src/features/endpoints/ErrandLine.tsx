import { Button, Group, Progress, Text } from "@mantine/core";

import { percent } from "@/lib/numbers";
import { words } from "@/strings";

import type { Errand } from "./queries";

const said = words.endpoints.errand;

/** A probe or a download, as far as it is, in the server's own words. */
export function ErrandLine({ errand, dismiss }: { errand: Errand; dismiss: () => void }) {
  const isProbe = errand.kind === "probe";
  const what = isProbe ? said.probe(errand.endpoint) : said.pull(errand.model ?? "");
  const last = errand.told.at(-1) ?? said.starting;
  if (errand.stage === "running") {
    const known = errand.done !== null;
    return (
      <div>
        <Text size="sm">{known ? `${what}, ${percent(errand.done ?? 0)}` : what}</Text>
        <Progress
          value={known ? (errand.done ?? 0) * 100 : 100}
          striped={!known}
          animated={!known}
          size="sm"
          my={4}
          aria-label={what}
        />
        <Text size="xs" c="dimmed" truncate>
          {last}
        </Text>
        <Text size="xs" c="dimmed">
          {said.takes}
        </Text>
      </div>
    );
  }
  const isDone = errand.stage === "done";
  return (
    <Group justify="space-between" wrap="nowrap" gap="xs" role="status">
      <Text size="sm" {...(isDone ? {} : { c: "var(--bad)" })}>
        {isDone
          ? isProbe
            ? said.probeDone
            : said.pullDone(errand.model ?? "")
          : `${said.failed}: ${errand.problem}`}
      </Text>
      <Button size="compact-xs" variant="default" onClick={dismiss}>
        {said.dismiss}
      </Button>
    </Group>
  );
}
