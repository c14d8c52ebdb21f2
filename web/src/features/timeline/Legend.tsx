/** What the drawing means and what hands can do, behind "?". */
import { Modal, Title } from "@mantine/core";

import { words } from "@/strings";

import styles from "./Legend.module.css";

const say = words.timeline.key;

const SIGNS = [
  [styles.solid, say.solid],
  [styles.strength, say.strength],
  [styles.soft, say.soft],
  [styles.line, say.line],
  ["hatched", say.hatched],
  [styles.said, say.said],
  [styles.chosen, say.chosen],
  [styles.coverage, say.coverage],
  [styles.signals, say.signals],
] as const;

export function Legend({ opened, close }: { opened: boolean; close: () => void }) {
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={say.title}
      size="lg"
      closeButtonProps={{ "aria-label": words.common.close }}
    >
      <dl className={styles.list}>
        {SIGNS.map(([look, [name, meaning]]) => (
          <div key={name} className={styles.entry}>
            <dt>
              <i className={`${styles.swatch ?? ""} ${look ?? ""}`} aria-hidden />
              {name}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <Title order={3} size="h5" mt="md" mb="xs">
        {say.hands}
      </Title>
      <dl className={styles.list}>
        {say.doing.map(([how, what]) => (
          <div key={how} className={styles.entry}>
            <dt>{how}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
