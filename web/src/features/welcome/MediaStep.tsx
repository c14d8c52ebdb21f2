import { Button, Group, Text } from "@mantine/core";

import { adding } from "@/features/upload/adding";
import { useSample } from "@/features/upload/useSample";
import { words } from "@/strings";
import { done } from "@/ui/toast";

const said = words.welcome.media;

/** Every way to add something to look at. */
export function MediaStep({ mayOperate }: { mayOperate: boolean }) {
  const sample = useSample(({ title }) => done(said.made(title)));
  return (
    <>
      <Text size="sm">{said.text}</Text>
      <Group gap="xs">
        <Button variant="default" disabled={!mayOperate} onClick={() => adding.ask("files")}>
          {said.files}
        </Button>
        <Button variant="default" disabled={!mayOperate} onClick={() => adding.ask("path")}>
          {said.path}
        </Button>
        <Button variant="default" disabled={!mayOperate} onClick={() => adding.ask("scan")}>
          {said.scan}
        </Button>
        <Button
          variant="default"
          disabled={!mayOperate}
          loading={sample.isPending}
          onClick={() => sample.mutate()}
        >
          {said.sample}
        </Button>
      </Group>
      <Text size="sm" c="dimmed">
        {mayOperate ? said.sampleText : words.endpoints.needs.operate}
      </Text>
    </>
  );
}
