import { Button, Group, Select, Text } from "@mantine/core";
import { Suspense, useState } from "react";

import type { Schemas } from "@/api/client";
import { later } from "@/api/parts";
import { FRESH } from "@/features/rundialog/draft";
import { words } from "@/strings";

const RunDialog = later(() => import("@/features/rundialog/RunDialog"));

const said = words.welcome.run;

/** The first run: of one of the newest, with tags that whoever answers can tell. */
export function RunStep(props: {
  media: readonly Schemas["sightline__api__models__media__MediaDocument"][];
  hasModel: boolean;
  mayOperate: boolean;
}) {
  const { media, mayOperate } = props;
  const [chosen, setChosen] = useState<string | null>(null);
  const [asking, setAsking] = useState(false);
  const one = media.find(({ id }) => id === chosen) ?? media[0];
  if (!one) {
    return (
      <Text size="sm" c="dimmed">
        {said.needsMedia}
      </Text>
    );
  }
  const tags = props.hasModel ? said.modelTags : said.pixelTags;
  return (
    <>
      <Text size="sm">{said.text}</Text>
      <Group align="flex-end" gap="sm">
        <Select
          label={said.which}
          data={media.map(({ id, title }) => ({ value: id, label: title }))}
          value={one.id}
          allowDeselect={false}
          onChange={setChosen}
          flex="1 1 14rem"
          maw={420}
        />
        <Button disabled={!mayOperate} onClick={() => setAsking(true)}>
          {said.begin}
        </Button>
      </Group>
      {mayOperate ? null : (
        <Text size="sm" c="dimmed">
          {words.endpoints.needs.operate}
        </Text>
      )}
      {asking ? (
        <Suspense fallback={null}>
          <RunDialog
            media={[one.id]}
            titles={[one.title]}
            draft={{ ...FRESH, tags: [...tags] }}
            close={() => setAsking(false)}
          />
        </Suspense>
      ) : null}
    </>
  );
}
