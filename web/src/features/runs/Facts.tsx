import styles from "./runs.module.css";

export interface Fact {
  text: string;
  bad?: boolean;
}

/** Short facts in a row; empty ones are left out. */
export function Facts({ facts }: { facts: readonly (Fact | string | null)[] }) {
  const told = facts
    .map((fact) => (typeof fact === "string" ? { text: fact } : fact))
    .filter((fact): fact is Fact => Boolean(fact?.text));
  return (
    <ul className={styles.facts}>
      {told.map((fact, place) => (
        <li key={place} className={fact.bad ? styles.bad : undefined}>
          {fact.text}
        </li>
      ))}
    </ul>
  );
}
