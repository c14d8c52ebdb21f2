/** The corner of the timeline: zoom, which rows are shown, and what it all means. */
import { ActionIcon, Checkbox, Popover, ScrollArea, Stack, Tooltip } from "@mantine/core";
import {
  IconArrowsHorizontal,
  IconHelp,
  IconListCheck,
  IconZoomIn,
  IconZoomOut,
} from "@tabler/icons-react";
import { memo, type ReactNode, useState } from "react";

import { words } from "@/strings";

import { Legend } from "./Legend";
import { nameOf } from "./naming";
import type { Keyed } from "./rows";

import styles from "./Timeline.module.css";

const say = words.timeline;

function Tool({ name, icon, act }: { name: string; icon: ReactNode; act: () => void }) {
  return (
    <Tooltip label={name} openDelay={500}>
      <ActionIcon variant="subtle" color="gray" size={24} aria-label={name} onClick={act}>
        {icon}
      </ActionIcon>
    </Tooltip>
  );
}

function RowChoice(props: {
  all: readonly Keyed[];
  without: ReadonlySet<string>;
  leave: (key: string) => void;
}) {
  return (
    <Popover position="top-start" withArrow trapFocus returnFocus>
      <Popover.Target>
        <ActionIcon
          variant={props.without.size ? "light" : "subtle"}
          color="gray"
          size={24}
          aria-label={say.choose}
          title={say.choose}
        >
          <IconListCheck size={16} />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown aria-label={say.choose} p="xs">
        <ScrollArea.Autosize mah={320} type="auto">
          <Stack gap={8} pr="sm">
            {props.all.map((row) => (
              <Checkbox
                key={row.key}
                size="xs"
                className={styles.choice}
                label={nameOf(row)}
                checked={!props.without.has(row.key)}
                onChange={() => props.leave(row.key)}
              />
            ))}
          </Stack>
        </ScrollArea.Autosize>
      </Popover.Dropdown>
    </Popover>
  );
}

export const Tools = memo(function Tools(props: {
  all: readonly Keyed[];
  without: ReadonlySet<string>;
  leave: (key: string) => void;
  nearer: (closer: boolean) => void;
  fit: () => void;
}) {
  const [legend, setLegend] = useState(false);
  return (
    <div className={styles.tools} role="group" aria-label={say.tools}>
      <Tool name={say.farther} icon={<IconZoomOut size={16} />} act={() => props.nearer(false)} />
      <Tool name={say.nearer} icon={<IconZoomIn size={16} />} act={() => props.nearer(true)} />
      <Tool name={say.fit} icon={<IconArrowsHorizontal size={16} />} act={props.fit} />
      <RowChoice all={props.all} without={props.without} leave={props.leave} />
      <Tool name={say.legend} icon={<IconHelp size={16} />} act={() => setLegend(true)} />
      <Legend opened={legend} close={() => setLegend(false)} />
    </div>
  );
});
