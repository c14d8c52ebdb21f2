import styles from "./Select.module.css";

/** A plain box to select one media: hundreds are made while one scrolls. */
export function Select(props: {
  checked: boolean;
  label: string;
  onSelect: (range: boolean) => void;
}) {
  return (
    <label className={styles.select}>
      <input
        type="checkbox"
        className={styles.box}
        checked={props.checked}
        tabIndex={-1}
        aria-label={props.label}
        onChange={() => undefined}
        onClick={(event) => props.onSelect(event.shiftKey)}
      />
    </label>
  );
}
