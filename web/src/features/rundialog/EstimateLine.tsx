/** What the run would take, said as the end of the sentence. */
import { Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";

import { cost } from "@/lib/numbers";
import { duration } from "@/lib/time";
import { words } from "@/strings";

import type { Body } from "./draft";
import styles from "./RunDialog.module.css";
import { type Estimate, useEstimate } from "./useEstimate";

const say = words.run.estimate;

export function EstimateLine({ body, close }: { body: Body | null; close: () => void }) {
  const query = useEstimate(body);
  if (!body) return <Line main={say.none} />;
  if (query.data) {
    return (
      <Line main={main(query.data)} more={more(query.data)} old={query.isPlaceholderData}>
        {[query.data.problem, query.data.shortfall].filter(Boolean).map((text) => (
          <Problem key={text} text={text} close={close} />
        ))}
      </Line>
    );
  }
  if (query.error) return <Line main={say.failed} more={query.error.message} />;
  return <Line main={`${say.wait} …`} />;
}

function Line(props: { main: string; more?: string; old?: boolean; children?: React.ReactNode }) {
  return (
    <div
      className={styles.estimate}
      role="status"
      aria-label={say.label}
      data-old={props.old ?? false}
    >
      <Text fw={600} fz="sm">
        {props.main}
      </Text>
      <Text c="dimmed" fz="sm" mih="1.55em">
        {props.more}
      </Text>
      {props.children}
    </div>
  );
}

function Problem({ text, close }: { text: string; close: () => void }) {
  return (
    <Text className={styles.problem} fz="sm">
      {text}{" "}
      <Link to="/endpoints" onClick={close}>
        {say.endpoints}
      </Link>
    </Text>
  );
}

function main(of: Estimate): string {
  if (of.asks === 0 && of.shortfall) return say.nobody;
  if (of.asks > 0 && of.calls === 0 && !of.problem) {
    return of.known + of.alike < of.asks ? say.noBudget : say.nothing;
  }
  return [
    say.calls(of.calls, of.more, of.less),
    of.seconds === null ? say.noSpeed : duration(of.seconds),
    of.cost === null ? say.noCost : say.costs(cost(of.cost)),
  ].join(", ");
}

function more(of: Estimate): string {
  const shares = of.endpoints.filter((one) => one.calls > 0);
  return [
    say.frames(of.frames),
    of.known ? say.known(of.known) : "",
    of.alike ? say.alike(of.alike) : "",
    of.edges ? say.edges[of.edges] : "",
    shares.length > 1 ? shares.map((one) => say.share(one.name, one.calls)).join(", ") : "",
    of.unread ? say.unread(of.unread) : "",
  ]
    .filter(Boolean)
    .join(" · ");
}
