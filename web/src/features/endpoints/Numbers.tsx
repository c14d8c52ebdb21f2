import { cost, count, percent } from "@/lib/numbers";
import { words } from "@/strings";

import { type Activity, type Endpoint, failuresOf, latency } from "./model";
import styles from "./Numbers.module.css";

const said = words.endpoints.numbers;

/** What this server has used of an endpoint since it joined. Each number has its fixed place. */
export function Numbers(props: { endpoint: Endpoint; activity?: Activity | undefined }) {
  const { endpoint, activity } = props;
  const use = endpoint.use_now;
  const failures = use ? failuresOf(use.failures) : "";
  const failed = activity?.failed ?? Object.values(use?.failures ?? {}).reduce((a, b) => a + b, 0);
  const p50 = use?.latency_p50_s;
  const p95 = use?.latency_p95_s;
  const slots = endpoint.slots === "learn" ? said.learn : count(Number(endpoint.slots));
  return (
    <dl className={styles.numbers}>
      <Figure name={said.slots}>
        {activity ? said.busy(activity.busy, activity.slots) : slots}
      </Figure>
      <Figure name={said.calls}>{use ? count(activity?.calls ?? use.calls) : said.none}</Figure>
      <Figure name={said.failed}>{use ? count(failed) : said.none}</Figure>
      <Figure name={said.latency}>
        {typeof p50 === "number" && typeof p95 === "number"
          ? `${latency(p50)} / ${latency(p95)}`
          : said.none}
      </Figure>
      <Figure name={said.used}>
        {typeof use?.utilisation === "number" ? percent(use.utilisation) : said.none}
      </Figure>
      <Figure name={said.cost}>{use ? cost(activity?.cost ?? use.cost) : said.none}</Figure>
      {failures ? (
        <div className={styles.failures}>
          <dt>{said.kinds}</dt>
          <dd>{failures}</dd>
        </div>
      ) : null}
    </dl>
  );
}

function Figure(props: { name: string; children: string }) {
  return (
    <div className={styles.one}>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}
