import { Button } from "@mantine/core";

import { words } from "@/strings";

import type { Distrusted } from "./distrusted";
import { useDesk } from "./desk";
import styles from "./Media.module.css";
import { useAgain } from "./useAgain";

const said = words.media.distrusted;

function textOf(runs: readonly Distrusted[]): string {
  const [only, ...more] = runs;
  if (!only || more.length) return said.several(runs.length);
  return said.of(words.media.runs.name(only.number), only.distrusted, only.answers);
}

/** That what is shown rests on answers which are not to be used, and the way to ask them anew. */
export function DistrustedLine(props: { runs: readonly Distrusted[]; showRuns: () => void }) {
  const { mayOperate } = useDesk();
  const text = textOf(props.runs);
  return (
    <>
      <button type="button" className={styles.note} title={text} onClick={props.showRuns}>
        {text}
      </button>
      {mayOperate ? <AskAnew runs={props.runs.map(({ run }) => run)} /> : null}
    </>
  );
}

export function AskAnew({ runs }: { runs: readonly (string | null)[] }) {
  const again = useAgain();
  return (
    <Button
      size="compact-xs"
      variant="default"
      flex="none"
      title={said.againHint}
      loading={again.isPending}
      onClick={() => again.mutate(runs)}
    >
      {said.again}
    </Button>
  );
}
