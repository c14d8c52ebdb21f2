/** What goes on now, all runs together. */
import { Group, SimpleGrid, Text, Title } from "@mantine/core";

import { cost, percent } from "@/lib/numbers";
import { duration } from "@/lib/time";
import { words } from "@/strings";

import { Bar } from "./Bar";
import { Cooling } from "./Cooling";
import { Facts } from "./Facts";
import { type Run, sumOf } from "./model";
import styles from "./runs.module.css";

const say = words.runs.card;
const MOST_NAMED = 3;

export function Enrichment({ runs }: { runs: readonly Run[] }) {
  const sum = sumOf(runs);
  if (sum.runs === 0) return null;
  return (
    <section className={styles.card} aria-label={say.title}>
      <Group justify="space-between" gap="xs" mb="xs">
        <Title order={2} fz="md">
          {say.title}
        </Title>
        <Text fz="sm" c="dimmed">
          {say.waiting(sum.runs)}
        </Text>
      </Group>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="lg" verticalSpacing="xs" mb="xs">
        <Counted
          text={say.videos(sum.videosDone, sum.videos)}
          share={sum.videosShare}
          label={say.videosBar}
        />
        <Counted
          text={say.frames(sum.framesDone, sum.frames)}
          share={sum.frames ? sum.framesDone / sum.frames : 0}
          label={say.framesBar}
        />
      </SimpleGrid>
      <Facts
        facts={[
          ...(sum.running === 0 ? [say.waits] : []),
          ...sum.now
            .slice(0, MOST_NAMED)
            .map(({ title, share }) => say.now(title, share === null ? "" : percent(share))),
          sum.rate === null ? null : words.runs.rate(sum.rate),
          sum.etaS === null ? null : words.runs.eta(duration(sum.etaS)),
          words.runs.calls(sum.calls),
          words.runs.costs(cost(sum.cost)),
          sum.failed ? { text: say.failed(sum.failed), bad: true } : null,
        ]}
      />
      <Cooling />
    </section>
  );
}

function Counted({ text, share, label }: { text: string; share: number; label: string }) {
  return (
    <div>
      <Text fz="sm" mb={4}>
        {text}
      </Text>
      <Bar share={share} label={label} text={text} />
    </div>
  );
}
